"""A mirror made by hand: what a worker would tell of a small program in both languages."""

from __future__ import annotations

from typing import Final

from device_server import wire
from middleware.mirror import Mirror, apply

CHANGES: Final[wire.Message] = {
    "basilisp.core": {
        "lang": "basilisp",
        "file": "/lib/basilisp/core.lpy",
        "symbols": {
            "map": {
                "type": "function",
                "arglists": ["[f]", "[f coll]", "[f coll & colls]"],
                "doc": "Return a lazy sequence. Of (f x).",
                "file": "/lib/basilisp/core.lpy",
                "line": 10,
                "column": 1,
                "added": "0.1",
            },
            "defn": {"type": "macro", "arglists": ["[name & body]"], "doc": "Define a function."},
            "/": {"type": "function", "arglists": ["[x]", "[x y]"]},
            "..": {"type": "macro", "arglists": ["[x & forms]"]},
            "hidden": {"type": "function", "is_private": True},
        },
    },
    "clojure.core": {"lang": "basilisp", "refers": {"map": "basilisp.core/map", "defn": "basilisp.core/defn"}},
    "basilisp.string": {
        "lang": "basilisp",
        "doc": "String functions.",
        "file": "/lib/basilisp/string.lpy",
        "symbols": {"join": {"type": "function", "arglists": ["[coll]", "[sep coll]"], "deprecated": "9.9"}},
    },
    "shop.main": {
        "lang": "basilisp",
        "file": "/p/shop/main.lpy",
        "symbols": {
            "-main": {"type": "function", "arglists": ["[& args]"], "file": "/p/shop/main.lpy", "line": 3},
            "price": {"type": "variable", "doc": 'In "cents".\nNot euros.', "class_name": "builtins.int"},
            "typed": {"type": "function", "arglists": ["[]"], "file": "*cider-repl shop*", "line": 7},
            "secret": {"type": "function", "arglists": ["[k]"], "is_private": True},
            "Point": {"type": "type", "members": {"area": {"type": "method", "arglists": ["(self)"]}}},
            "twin": {"type": "variable", "target": "shop.main/twin"},
        },
        "aliases": {"str": "basilisp.string"},
        "refers": {"join": "basilisp.string/join"},
        "imports": {"math": "math", "path": "os.path", "OrderedDict": "collections.OrderedDict"},
    },
    "user": {"lang": "basilisp", "refers": {"map": "basilisp.core/map"}},
    "builtins": {
        "lang": "python",
        "symbols": {
            "len": {"type": "function", "arglists": ["(obj, /)"], "doc": "Return the number of items."},
            "int": {"type": "class", "members": {"bit_length": {"type": "method", "arglists": ["(self, /)"]}}},
            "str": {
                "type": "class",
                "arglists": ["(object='', encoding='utf-8')"],
                "members": {
                    "split": {"type": "method", "arglists": ["(self, /, sep=None, maxsplit=-1)"], "doc": "Split it."},
                    "upper": {"type": "method", "arglists": ["(self, /)"]},
                },
            },
            "bytes": {"type": "class", "members": {"split": {"type": "method", "arglists": ["(self)"]}}},
        },
    },
    "math": {"lang": "python", "symbols": {"sqrt": {"type": "function", "arglists": ["(x, /)"]}}},
    "os": {"lang": "python", "file": "/lib/os.py", "symbols": {"path": {"type": "module", "target": "posixpath"}}},
    "posixpath": {
        "lang": "python",
        "file": "/lib/posixpath.py",
        "symbols": {"join": {"type": "function", "arglists": ["(a, *p)"], "file": "/lib/posixpath.py", "line": 71}},
    },
    "collections": {
        "lang": "python",
        "file": "/lib/collections/__init__.py",
        "symbols": {
            "OrderedDict": {"type": "class", "members": {"popitem": {"type": "method", "arglists": ["(self, last=1)"]}}}
        },
    },
    "__main__": {
        "lang": "python",
        "symbols": {
            "Thing": {
                "type": "class",
                "doc": "A thing.",
                "file": "/p/a b.py",
                "line": 2,
                "members": {"method": {"type": "method", "arglists": ["(self, x: int = 3)"], "doc": "Do it."}},
            },
            "Other": {
                "type": "class",
                "members": {
                    "popitem": {"type": "method", "target": "collections.OrderedDict.popitem"},
                    "lost": {"type": "method", "target": "nowhere.Base.lost"},
                },
            },
            "thing": {"type": "variable", "class_name": "__main__.Thing"},
            "round": {"type": "variable", "target": "__main__.round"},
        },
        "imports": {"m": "math"},
    },
}

MIRROR: Final = apply(Mirror(), CHANGES, {})
