"""Tests of the rules: judging, the day that turns a verdict, explanations, the city's own rules."""
