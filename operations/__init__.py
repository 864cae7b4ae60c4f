"""What runs and keeps an installation: the command line, serving, backup, verification, demonstration data."""
