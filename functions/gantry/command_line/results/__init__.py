"""What commands print as JSON. The names of the fields are documented and stay."""
