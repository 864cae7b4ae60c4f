"""Measurements: how fast it is on this machine, and where the time goes. Never part of the test suite."""
