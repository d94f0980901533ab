"""One module for each command. Each imports what it needs when it runs, so that `gantry --help` is quick."""
