"""What the sample company would like to know of its customers: its `[[fact]]` file."""

from __future__ import annotations

FACTS = """\
# One small thing at the end of a contact, and never the same twice: docs/dialogues.md.

[[fact]]
name     = "household"
kind     = "choice"
worth    = 6
fresh    = "2y"
label.fi = "Talous"
label.en = "Household"
label.cs = "Domácnost"
say.fi   = "Montako teitä asuu kotona?"
say.en   = "How many of you live at home?"
say.cs   = "Kolik vás doma bydlí?"
options  = [
    { id = "one", fi = "Minä vain", en = "Just me", cs = "Jen já" },
    { id = "two", fi = "Kaksi", en = "Two of us", cs = "Dva" },
    { id = "more", fi = "Enemmän", en = "More", cs = "Víc" },
]

[[fact]]
name     = "children"
kind     = "yes/no"
worth    = 5
only_if  = 'household = "more"'
label.fi = "Lapsia"
label.en = "Children"
label.cs = "Děti"
say.fi   = "Onko teillä lapsia?"
say.en   = "Do you have children at home?"
say.cs   = "Máte doma děti?"

[[fact]]
name     = "usual_store"
kind     = "choice"
worth    = 5
label.fi = "Tuttu tavaratalo"
label.en = "Usual store"
label.cs = "Obvyklá prodejna"
say.fi   = "Missä tavaratalossa käyt useimmin?"
say.en   = "Which of our stores do you go to most?"
say.cs   = "Do které naší prodejny chodíte nejčastěji?"
options  = [
    { id = "centre", fi = "Keskustassa", en = "In the centre", cs = "V centru" },
    { id = "mall", fi = "Kauppakeskuksessa", en = "At the mall", cs = "V obchodním centru" },
    { id = "online", fi = "Vain verkossa", en = "Only online", cs = "Jen na internetu" },
]

[[fact]]
name     = "share_with_us"
kind     = "choice"
worth    = 4
fresh    = "1y"
again    = "270d"
label.fi = "Ostoksista meiltä"
label.en = "Share bought from us"
label.cs = "Podíl nákupů u nás"
say.fi   = "Kuinka suuren osan vaatteistasi ostat meiltä?"
say.en   = "About how much of your clothing do you buy from us?"
say.cs   = "Jak velkou část oblečení kupujete u nás?"
options  = [
    { id = "some", fi = "Pienen osan", en = "A little", cs = "Malou část" },
    { id = "half", fi = "Noin puolet", en = "About half", cs = "Asi polovinu" },
    { id = "most", fi = "Suurimman osan", en = "Most of it", cs = "Většinu" },
]
"""
