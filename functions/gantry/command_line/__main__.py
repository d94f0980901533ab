"""`python -m gantry.command_line`, for where the script `gantry` is not installed."""

from gantry.command_line.main import main

if __name__ == "__main__":
    main()
