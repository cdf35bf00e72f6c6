"""What a mediator knows and does, in the order of a relationship.

`advice` speaks of candidates, `hiring` brings a mediator to the table. What sides tell it is in
`confidences`, what it makes of that in `estimates`. Before the first offer it says what to expect
(`notes`), what to measure (`weights`) and what to agree on risk (`terms`). What its styles (`styles`, one
file each) ask, tell and propose at the table is carried out in `rounds`. Under a contract it carries
bad news (`news`), hears grievance and speaks in disputes (`disputes`), carries talk at reviews
(`reviews`), sees opportunities (`leads`) and keeps a record for contacts to come (`record`).

Elsewhere, in `sim/relationship`: which functions a tie's mediator has is asked where their turn comes.
Trust in it moves where the outcome is known: here by vetoes (`rounds/texts`), leaks found out
(`confidences`), proposals carried (`reviews`) and sizes of opportunities (`leads`); there by signed
drafts (`negotiate`), problems told (`report_problem` in `disclose`), deliveries (`deliver`), settlements and
fights (`resolve`). Fees are noted in `negotiate`, `resolve` and `lifecycle`; who mediators are is drawn
in `population`.
"""
