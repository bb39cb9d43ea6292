"""A small source–filter synthesiser of emotional speech: synthetic, for trying out, not evidence.

`lexicon` writes a text, `expression` turns emotion into cues, `prosody` into tracks of F0, formants
and amplitudes, `synthesiser` plays them; `place` says where that is, `room` and `background` how it sounds
there, and `recording` joins them all for one utterance.
"""
