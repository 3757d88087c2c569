"""From a radar's digital numbers to backscatter on the ground."""
