region          = "us-east-1"
account         = "111111111111"
target_accounts = ["222222222222", "333333333333", "444444444444"]
