"""Hosted views: each in a worker of its own, drawn, touched and edited there, kept and told of by the supervisor.

How it works. A view is what a client has asked for: an expression or a preview, and traits. It is brought to life by a
birth (birth.py): a worker is prepared as for any new generation, asked to get the view ready, and to draw it. Only
when the first frame is there does the new worker take the view's place; the one before serves until then, and goes on
when the new one fails. In the worker, the stage (stage.py) holds the view: what is evaluated, its states, the scene
that was drawn last. The supervisor (views.py, hosted_view.py) knows no more than the texts that were asked for and the
names of pictures: nothing that user code does reaches it but as a frame.
"""
