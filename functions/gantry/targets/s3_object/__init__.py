"""The kind `s3`: one object under its key, or many behind a pointer.

A release is copied below a folder of Gantry's own, where nothing is ever overwritten. Each revision is one *prepared*
object there: what the live key gets, or what the pointer says. Sending the traffic to it is one conditional write of
the live key, and so is going back.

How the writes of others are noticed. The token is the version id of the live object, and every write makes a new one.
S3 itself compares only ETags, and equal bytes have equal ETags:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

- A foreign write before `route` looks: the version id is another one, and nothing is written.
- One between looking and writing: the ETag is another one, and S3 refuses the write.
- One between looking and writing that puts the same bytes there once more, such as an execution that has taken the
  target over: a pointer holds a new `written` each time, so S3 refuses that too. A single object has the ETag that it
  had, so the write succeeds. `route` then lists the versions, finds another one below its own than it has read, and
  fails. For a holder that was fenced off this is too late, but the one that took over looks at its own write
  afterwards, finds another one in its place, and writes once more.
- What comes after that last look is drift.

So `compare_and_set` is false: it would be true of pointers alone.
"""
