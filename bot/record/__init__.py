"""The public record: what goes into the chain, and how anybody finds out whether it was tampered with."""
