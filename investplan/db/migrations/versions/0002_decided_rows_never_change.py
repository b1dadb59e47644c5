"""decided rows never change: triggers that refuse it, also for raw SQL

SQLite needs `PRAGMA recursive_triggers=ON` (set on every connection) so that INSERT OR REPLACE meets them too.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Table → condition on the OLD row under which it is frozen (empty: always).
FROZEN = {
    "audit_entry": "",
    "decision": "",
    "decided_investment": "",
    "parameter_set": "",
    "frame_adjustment": "OLD.decision_id IS NOT NULL",
    "proposal": "OLD.status = 'decided'",
}
# Rows below a proposal are frozen with it: the SELECT finds the proposal's status from the row.
STATUS_BY_ALTERNATIVE = "(SELECT p.status FROM proposal p JOIN alternative a ON a.proposal_id = p.id WHERE a.id = {row}.alternative_id)"
STATUS_BY_PROPOSAL = "(SELECT p.status FROM proposal p WHERE p.id = {row}.proposal_id)"
BELOW_PROPOSAL = {
    "alternative": STATUS_BY_PROPOSAL,
    "score": STATUS_BY_PROPOSAL,
    "outlay": STATUS_BY_ALTERNATIVE,
    "component": STATUS_BY_ALTERNATIVE,
    "grant": STATUS_BY_ALTERNATIVE,
    "operating_consequence": STATUS_BY_ALTERNATIVE,
    "disposal": STATUS_BY_ALTERNATIVE,
}
ADOPTED_RUN = "EXISTS (SELECT 1 FROM decision d WHERE d.run_id = OLD.id)"


def _conditions() -> list[tuple[str, str, str]]:
    """(table, event, condition) of every trigger; an empty condition means always."""
    rows = [(table, event, when) for table, when in FROZEN.items() for event in ("update", "delete")]
    for table, status in BELOW_PROPOSAL.items():
        for event, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
            rows.append((table, event, status.format(row=row) + " = 'decided'"))
    rows += [("run", event, ADOPTED_RUN) for event in ("update", "delete")]
    return rows


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, condition in _conditions():
        name = f"frozen_{table}_{event}"
        if sqlite:
            when = f"WHEN {condition} " if condition else ""
            op.execute(
                f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{table}" {when}'
                f"BEGIN SELECT RAISE(ABORT, 'frozen: {table}'); END"
            )
            continue
        body = f"IF {condition} THEN" if condition else "IF TRUE THEN"
        keep = "OLD" if event == "delete" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} "
            f"RAISE EXCEPTION 'frozen: {table}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {keep}; END $$"
        )
        op.execute(
            f'CREATE TRIGGER {name} BEFORE {event.upper()} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()'
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, _ in _conditions():
        name = f"frozen_{table}_{event}"
        if sqlite:
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f'DROP TRIGGER {name} ON "{table}"')
            op.execute(f"DROP FUNCTION {name}()")
