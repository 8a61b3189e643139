"""What a project says it needs: its lock file, its requirements, and the packages of its environment.

Files are read, never run.
"""
