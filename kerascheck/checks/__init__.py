"""The rules: one file each, a small function from a program to findings."""
