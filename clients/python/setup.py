"""Generates the stubs, so that they are there when setuptools looks for packages;
the rest is in pyproject.toml."""

import pathlib
import sys

from setuptools import setup

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import generate_stubs  # noqa: E402

generate_stubs.generate()
setup()
