region   = "us-east-1"
account  = "444444444444"
revision = 1
