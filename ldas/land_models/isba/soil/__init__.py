"""Water and heat in the soil."""
