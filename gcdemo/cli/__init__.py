"""The command line, one file per group of commands; a command imports what it needs when called."""
