"""The kind `apigateway`: a REST API and one of its stages, which moves traffic by its canary settings.

An artifact is an OpenAPI document. A deployment of API Gateway is what the API was when it was made, and never changes.
A revision is a deployment together with the stage variables that it is used with, so its name holds both:
`d1e2f3?alias=live&table=cowsay-prod`.

UpdateStage has no compare-and-set. So this is how writes of others are noticed:

- Every write of Gantry replaces a mark among the stage's variables, `gantry_<random>`, whose value is the primary
  revision that the write wants. A token is a hash of all that the stage was when it was read, with its mark and the
  time of its last change. `route` compares it before it writes.
- A write that comes between comparing and writing: a write sends only what differs, and removes only the mark that was
  read. So its answer has another deployment, another variable, another canary or a second mark, and `route` raises
  TargetChangedError. What others wrote may be partly overwritten then. A canary beside it is removed.
- The late write of a holder that was fenced off: the execution that took over has written, so the token is an old one.
  If it comes between that execution's comparing and writing, that one's answer shows it, and it writes once more. If it
  comes after, its own answer has two marks. Then it takes itself back at once: it removes the canary, and restores the
  revision of the other mark. So that no write comes much later, the SDK sends each one once.

A canary is removed in the same UpdateStage as the rest, or, where API Gateway refuses that, in one of its own. A try
that dies between the two leaves traffic in one place only, and a canary without any beside a stage that is the same.
That is no share; `is_settled` removes it, and so does each further write.

Three windows remain. A late writer that dies between its write and its taking back leaves what it wrote, as drift,
until somebody moves the traffic again; the next deployment refuses a stage with a canary. A late write that hits a
third execution's canary removes it, and that deployment fails and goes back. And whoever changes the same settings as
this write between comparing and writing, without Gantry's mark, is overwritten unnoticed. So is a change there and back
within one second, because the time has whole seconds; it changes no traffic. What comes after the answer is drift, and
the repair reports it.
"""
