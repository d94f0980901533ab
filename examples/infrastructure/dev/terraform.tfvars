region   = "us-east-1"
account  = "222222222222"
revision = 1
