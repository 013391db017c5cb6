"""What is saved: the project as a value, and every edit of it as an undoable command."""
