"""The command `deepvision`."""
