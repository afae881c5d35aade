"""Every word a reader sees, and how numbers and times are written. Pure: values in, posts out."""
