"""What a screen reader finds in a PDF, line by line, after checks that end with an error where a standard is not kept."""

import sys
from collections import Counter

import pikepdf


def children(node):
    kids = node.get("/K")
    if kids is None:
        return []
    return [kid for kid in (kids if isinstance(kids, pikepdf.Array) else [kids]) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]


def walk(node, above=()):
    for kid in children(node):
        yield kid, above
        yield from walk(kid, (*above, str(kid.S)))


def attribute(node, name):
    attributes = node.get("/A", [])
    for one in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
        if isinstance(one, pikepdf.Dictionary) and name in one:
            return str(one[name])
    return None


pdf = pikepdf.open(sys.argv[1])
root = pdf.Root
assert root.MarkInfo.Marked, "the document is not marked"
assert root.ViewerPreferences.DisplayDocTitle, "the title is not shown"
with pdf.open_metadata() as metadata:
    assert metadata["pdfuaid:part"] == "1", "PDF/UA-1 is not claimed"
    assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A"), "PDF/A-2a is not claimed"
    print("titre :", metadata["dc:title"])
    print("auteur :", ", ".join(metadata["dc:creator"]))
print("langue :", root.Lang)
print("date :", pdf.docinfo.CreationDate)
with pdf.open_outline() as outline:
    def entries(items, depth):
        for item in items:
            print("  " * depth + item.title)
            entries(item.children, depth + 1)
    print("signets :")
    entries(outline.root, 1)

elements = list(walk(root.StructTreeRoot))
level = 0
for element, _ in elements:
    kind = str(element.S)
    if kind[1:2] == "H" and kind[2:].isdigit():
        assert int(kind[2:]) <= level + 1, f"{kind} after H{level}"
        level = int(kind[2:])
    if kind == "/Figure":
        assert str(element.get("/Alt", "")), "a figure without an alternative"
        print("figure :", element.Alt)
    if kind == "/TH":
        assert attribute(element, "/Scope"), "a header without scope"
    if kind == "/Link":
        assert any("/Link" in str(kind) for kind in (element.S,))
for page in pdf.pages:
    assert str(page.obj.get("/Tabs", "")) == "/S", "the order of tabs is not that of the structure"
    for note in page.obj.get("/Annots", []):
        assert str(note.get("/Contents", "")), "a link without a description"

print("éléments :", ", ".join(f"{kind[1:]} {count}" for kind, count in sorted(Counter(str(e.S) for e, _ in elements).items())))
scopes = Counter(attribute(element, "/Scope") for element, _ in elements if str(element.S) == "/TH")
print("en-têtes :", ", ".join(f"{scope[1:]} {count}" for scope, count in sorted(scopes.items())))
print("résumés :", "; ".join(filter(None, (attribute(element, "/Summary") for element, _ in elements))))
