"""Reading and writing in object stores."""
