"""Application Load Balancers: rules that split requests between target groups, and what they count."""
