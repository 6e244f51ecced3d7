"""From cases to scores, and from the machine to figures. Imported only as `from eval.x import y`."""
