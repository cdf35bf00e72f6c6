"""What a mediator knows and does, in the order of a relationship.

`advice` comments on candidates, `hiring` decides which mediator takes part. `confidences` holds
what the sides disclose to it, `estimates` what it infers from that. Before the first offer it says what
to expect (`notes`), what to measure (`weights`) and how to share risk (`terms`). `rounds` carries out
what its styles (`styles`, one file each) ask, tell and propose at the table. Under a contract it carries
bad news (`news`), hears grievance and speaks in disputes (`disputes`), conveys information at reviews
(`reviews`), sees opportunities (`leads`) and keeps a record for future contacts (`record`).

The rest is in `sim/relationship`. Each step there checks whether the tie's mediator has the function it
needs. Trust in the mediator moves when an outcome is known: here at vetoes (`rounds/texts`), discovered
leaks (`confidences`), conveyed proposals (`reviews`) and realised opportunities (`leads`); there at signed
drafts (`negotiate`), reported problems (`tell` in `disclose`), deliveries (`deliver`), settlements and
fights (`resolve`). Fees are booked in `negotiate`, `resolve` and `lifecycle`; mediators are drawn in
`population`.
"""
