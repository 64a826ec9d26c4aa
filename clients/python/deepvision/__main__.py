"""`python -m deepvision` is the command `deepvision`."""

import sys

from deepvision.cli.main import main

sys.exit(main())
