"""The kind `ecs`: an ECS service, and the container in its task definition that gets the image.

A revision is one revision of a task definition: `cowsay:12`. ECS shifts the traffic itself, between two target groups,
and pauses before each step. Gantry bakes and judges while ECS waits, and lets it go on or stops it. Where a service has
no second target group, ECS replaces its tasks one by one, and only all at once is possible.

The first write of a rollout begins a deployment of the service. Every later one answers a pause. At each pause, ECS
goes back by itself when nobody answers in time, so no canary stays for ever when an execution dies.

ECS compares nothing. So this is how writes of others are noticed:

- A token is a hash of the newest deployment of the service, whether it has turned back, the task definition that was
  asked for last, and a mark, which is a tag of the live task definition. What ECS does by itself on its way to where it
  was told to go is no part of it. `route` compares it before it writes. Whoever takes a target over that is whole
  replaces the mark.
- A write that comes between comparing and writing: a rollout starts from other tasks then, or the mark is another one.
  Beginning one is followed by a look. It stops what it has begun, and `route` raises TargetChangedError.
- The late beginning of a holder that was fenced off, which dies before that look: ECS pauses before it starts any task.
  Nobody answers, and after 15 minutes it goes back by itself. No task ever ran. Until then, other deployments wait.
- A late answer: each pause has an id of its own, and ECS takes no answer for one that does not wait, or whose
  deployment goes back.
- A step that ECS takes without an answer: what ECS may do is noted in a tag of the canary's task definition, with the
  deployment's id, right before it is told. A greater weight than that is a failure, and the rollout is stopped. Each
  step is granted once: only the same pause is answered again. The tags are of one service, as services share families.
- A deployment that somebody else begins over a rollout: it is not the noted one. The step fails and names it, and it is
  left alone. Begun with nothing but a task definition, it stops at our pauses, and nobody answers for it.

What ECS took back by itself is never begun again by another try: it is a failure, with ECS' own reason. The next
deployment of the same release registers a task definition of its own.

Four windows remain:

- Once a rollout has ended, the way back is a deployment of its own, which waits for nobody. If it comes late, it
  replaces what others have deployed since.
- An edit of the service's deployment configuration that comes between reading and writing it is overwritten.
- Our pauses stay in that configuration when an execution dies, or may not take them out. Until the next rollout or way
  back removes them, somebody else's deployment stops at them and goes back.
- Taking them out compares nothing. A holder that lost its lease, and comes late, sends the settings that it has read
  over those of a rollout that has just begun. That rollout goes on with the settings that it began with.
"""
