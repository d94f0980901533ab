region   = "us-east-1"
account  = "333333333333"
revision = 1
