"""Configuration that lies in Parameter Store or Secrets Manager: its place and version travel, and never its value."""
