# %% [markdown]
# # The laboratory for those who know Mesa
#
# Run the cells one after the other in an editor that knows `# %%`, or all of them:
# `python examples/mesa_users.py` (it writes `mesa_users.png` into the current folder).

# %% Build: one world of a scenario under one regime. Every key of a scenario is a parameter.
import matplotlib.pyplot as plt
import pandas as pd
from mesa.batchrunner import batch_run

import sim
from sim.engines.market import Buyer, NegotiationModel, Vendor
from sim.engines.readings import units

model = NegotiationModel("it_outsourcing", regime="mediated", rng=1, mediator__competence=0.9)
print({kind.__name__: len(agents) for kind, agents in model.agents_by_type.items()})

# %% Step: one step is one month. Agents are views of the world's rows; look, with units.
model.step()
buyer = model.buyers[3]
print(buyer, "and", buyer.vendor, "pay and get", round(buyer.price, 1), units(Buyer)["price"][0])
print(model.tie(buyer.tie).contract)
print(model.agents_by_type[Vendor].agg("contracts", max), "contracts at the busiest vendor")

# %% Run to the end of the scenario.
while model.running:
    model.step()

# %% Collect: Mesa's frames, `Step` k being the state after k months; ties are a table.
months = model.datacollector.get_model_vars_dataframe()
agents = model.datacollector.get_agent_vars_dataframe()
ties = model.datacollector.get_table_dataframe("ties")
print(months[["surplus", "first_best", "trust_buyer", "trust_vendor"]].tail(3).round(3))
print(agents.xs(len(months)).groupby("kind")["gain"].describe().round(1))
shown = ["tie", "buyer", "vendor", "price", "trust_buyer", "surplus"]
print(ties[ties["Step"] == len(months)].nlargest(3, "trust_buyer")[shown].round(2))

# %% Plot: the same world under two regimes. They meet the same people and the same luck.
direct = NegotiationModel("it_outsourcing", regime="adversarial", rng=1, collect="model")
direct.run_model()
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
for name, one in (("mediated", model), ("adversarial", direct)):
    frame = one.datacollector.get_model_vars_dataframe()
    left.plot(frame["surplus"].rolling(12).mean(), label=name)
    right.plot(frame["trust_buyer"], label=name)
left.set(title="joint surplus, mean of a year", xlabel="month", ylabel="k€ per need and month")
right.set(title="buyers' trust in vendors", xlabel="month", ylabel="share")
left.legend()
figure.savefig("mesa_users.png")

# %% Batch run: worlds are the replicates (a repetition of the same world is the same run).
parameters = {
    "scenario": "one_tie",
    "regime": ["adversarial", "mediated"],
    "world": range(10),
    "mediator.competence": 0.9,  # a dotted key is a parameter as it is
    "collect": "model",  # one row per run; "all" gives one per agent
}
runs = pd.DataFrame(batch_run(NegotiationModel, parameters, display_progress=False))
print(runs.groupby("regime")["surplus_so_far"].agg(["mean", "sem"]).round(2))

# %% The numbers are those of `sim run`, to the last bit (`sim run` is a hundred times faster).
told = sim.run("one_tie", "mediated", worlds=10, overrides={"mediator.competence": 0.9}).periods
last = told[told["period"] == told["period"].max()]
mediated = runs[runs["regime"] == "mediated"]
print("identical:", mediated["surplus"].tolist() == last["surplus"].tolist())


# %% A custom strategy. It sees what its agent knows and says what to ask for, in money.
def patient(turn):
    """Ask for everything until the offer before the last; then accept what is offered."""
    return turn.floor if turn.left <= 2 else turn.opening


plain, played = (
    NegotiationModel("one_tie", "adversarial", strategies=given, tables=["offers"])
    for given in (None, {("buyer", 0): patient})
)
for one in (plain, played):
    one.run_model()
    print(
        one.buyers[0].strategy, "gains", round(one.buyers[0].gain), "of", round(one.tie(0).surplus)
    )
print(played.table("offers")[["period", "nth", "side", "price", "accepted"]].head(6).round(1))


# %% Or a subclass, which can keep a memory.
class Grudging(Buyer):
    """Holds out longer the more often talks have failed."""

    def aspiration(self, turn):
        """Return the utility to ask for next."""
        failed = self.model.tie(self.tie).impasses
        given = turn.clock ** (1 + failed)
        return turn.opening - given * (turn.opening - turn.floor)

    @property
    def spared(self):
        """The agent's gain beyond half of the joint surplus, in money."""
        return self.gain - 0.5 * self.surplus


grudging = NegotiationModel("one_tie", "adversarial", agents={Buyer: Grudging})
grudging.run_model()
print(grudging.buyers[0], "strategy:", grudging.buyers[0].strategy)
print("beyond half:", round(grudging.buyers[0].spared), "; talks:", grudging.tie(0).talks)
