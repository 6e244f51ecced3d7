"""Faces of the same `Assistant`: command line and HTTP."""
