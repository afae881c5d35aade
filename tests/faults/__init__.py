"""The process dies, and the line fails, at every point of the send path: enumerated, counted, and told in a table."""
