"""Rules judge one case with reasons: each clause with its verdict, basis, facts and the day that turns it."""

from anjia.rules.explaining import to_json, to_text
from anjia.rules.judgement import ClauseJudgement, ItemJudgement, Judgement
from anjia.rules.judging import judge, judge_item
from anjia.rules.ports import EvidenceSource, Fact, FactRequest, FactSource

__all__ = [
    "ClauseJudgement",
    "EvidenceSource",
    "Fact",
    "FactRequest",
    "FactSource",
    "ItemJudgement",
    "Judgement",
    "judge",
    "judge_item",
    "to_json",
    "to_text",
]
