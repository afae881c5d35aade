"""From a bot token to a working channel, in a conversation at the terminal."""
