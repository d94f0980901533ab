"""Which version of Gantry this is, as `pyproject.toml`, the templates' outputs and CHANGELOG.md say it too."""

VERSION = "0.1.0"
