"""Training: data, losses, one loop; never imported by the app."""
