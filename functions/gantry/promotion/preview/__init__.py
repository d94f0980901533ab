"""What a promotion would do, said before anybody starts it. Nothing here changes anything."""
