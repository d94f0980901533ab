"""What promotions cost on AWS: the counts of the definitions and of the bench, times AWS' list prices."""
