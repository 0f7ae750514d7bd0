def test_a(host):
    print(host.answers(host.start('1 (println "b") (/ 1 0) :last',lang='basilisp'))[:3])
    print(host.answers(host.start("import sys; print(3); sys.stdout, sys.stdout.buffer, sys.__stdout__", lang='python')))
    print(host.answers(host.start("import os; os.write(1,b'busy2')")))
    print(host.answers(host.start("import os; [(f, os.readlink('/proc/self/fd/'+f)) for f in os.listdir('/proc/self/fd')[:-1]]")))
    import os; print(os.environ)
    print(host.ask('status'))
    assert 0
