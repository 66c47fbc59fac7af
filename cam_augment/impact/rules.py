"""The rules of the verdicts: findings in, a verdict out; none weighted by taste.

avoid           the gain is beyond noise and negative (and nothing is saved beyond it).
adopt           the gain is beyond noise and positive, no class loses beyond noise, cost does
                not rise beyond noise, and
                (where masks exist) focus does not fall beyond noise and no class is missed,
                which is to say that in most of its images attention, beyond doubt, does not
                follow the marked regions.
care            a positive gain beyond noise with falling focus, a losing or a missed class,
                or a rising cost; or no gain beyond noise, but attention, focus or cost
                moves, or a class loses, beyond it, or a class is missed: also where the
                baselines miss it too; or a negative gain that saves beyond noise.
no effect seen  none of these; the sentence carries the interval and the smallest gain that
                this design could have seen.

What is beyond noise is decided by ``cam_augment.statistics.significance``. Cost is judged
where the plan has costs, by what is saved per 1,000 parts. Attention is judged by one
question, the primary excess shift; dispersion says which way it moved once that question is
answered.
"""

from cam_augment.records import Verdict
from cam_augment.records.evidence import Findings


def verdict(findings: Findings) -> Verdict:
    """Return the verdict that follows from the findings by the rules above."""
    if findings.gain == "loses":
        return "care" if findings.saving == "gains" else "avoid"
    if findings.gain == "gains":
        against = (
            findings.focus == "falls"
            or findings.worst == "loses"
            or findings.saving == "loses"
            or findings.missed
        )
        return "care" if against else "adopt"
    return "care" if findings.beyond_noise or findings.missed else "no effect seen"
