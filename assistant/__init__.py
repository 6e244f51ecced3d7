"""From a question to an answer one can check. `Assistant` is the one object the outside uses."""
