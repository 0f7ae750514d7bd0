;;; ios-eval-tests.el --- Tests of ios-eval against live servers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 Tether contributors

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; tests/elisp/test_ios_eval.py starts a device server and a bridge and runs
;; these in a batch Emacs.  The environment says where the servers are:
;; IOS_EVAL_DEVICE and IOS_EVAL_BRIDGE are ports; IOS_EVAL_DOOMED is the port
;; and the process number of a device that a test may kill.
;;
;; CIDER's commands are tried with CIDER where it is in the load path, else
;; with as much of an nREPL client as they use; so is clojure-mode.

;;; Code:

(require 'ert)
(require 'ios-eval)
(require 'python)

(declare-function clojure-mode "ext:clojure-mode")
(declare-function cider-connect-clj "ext:cider")
(declare-function cider-nrepl-send-request "ext:cider-client")
(declare-function cider-repl-mode "ext:cider-repl")
(declare-function nrepl-dict-get "ext:nrepl-dict")


;;;; Waiting, and what is seen

(defun ios-eval-tests--number (variable)
  "Return the number in the environment's VARIABLE."
  (string-to-number (getenv variable)))

(defun ios-eval-tests--wait (predicate)
  "Wait for PREDICATE; return its value, once that is not nil."
  (let ((deadline (+ (float-time) 20)) found)
    (while (not (setq found (funcall predicate)))
      (when (> (float-time) deadline)
        (ert-fail (list 'too-late (ios-eval-tests--log) (ios-eval-tests--said))))
      (accept-process-output nil 0.01))
    found))

(defun ios-eval-tests--log ()
  "Return the text of the buffer of results."
  (with-current-buffer (ios-eval--buffer)
    (buffer-substring-no-properties (point-min) (point-max))))

(defun ios-eval-tests--see (regexp)
  "Wait until REGEXP is in the buffer of results."
  (ios-eval-tests--wait (lambda () (string-match-p regexp (ios-eval-tests--log)))))

(defun ios-eval-tests--beside ()
  "Return what is shown beside the code of the current buffer, or nil."
  (seq-some (lambda (overlay) (overlay-get overlay 'after-string))
            (overlays-in (point-min) (1+ (point-max)))))

(defun ios-eval-tests--said ()
  "Return what has been said in the echo area."
  (with-current-buffer (messages-buffer) (buffer-string)))

(defun ios-eval-tests--hear (regexp)
  "Wait until REGEXP has been said in the echo area."
  (ios-eval-tests--wait (lambda () (string-match-p regexp (ios-eval-tests--said)))))

(defun ios-eval-tests--forget ()
  "Forget connections and all that was shown."
  (ios-eval-disconnect)
  (dolist (buffer (list (ios-eval--buffer) (messages-buffer)))
    (with-current-buffer buffer
      (let ((inhibit-read-only t)) (erase-buffer)))))

(defmacro ios-eval-tests--connected (port &rest body)
  "Run BODY while connected to the device on PORT."
  (declare (indent 1) (debug t))
  `(unwind-protect
       (progn
         (ios-eval-tests--forget)
         (ios-eval-connect "127.0.0.1" ,port)
         ,@body)
     (ios-eval-disconnect)))

(defmacro ios-eval-tests--on-device (&rest body)
  "Run BODY while connected to the live device."
  (declare (indent 0) (debug t))
  `(ios-eval-tests--connected (ios-eval-tests--number "IOS_EVAL_DEVICE") ,@body))

(defmacro ios-eval-tests--in-file (name text &rest body)
  "Run BODY at the end of a buffer that visits a new file NAME with TEXT."
  (declare (indent 2) (debug t))
  `(let* ((folder (make-temp-file "ios-eval" t))
          (file (expand-file-name ,name folder)))
     (make-directory (file-name-directory file) t)
     (write-region ,text nil file nil 'silent)
     (let ((buffer (find-file-noselect file)))
       (unwind-protect
           (with-current-buffer buffer
             (when (equal (file-name-extension file) "lpy") (clojure-mode))
             (goto-char (point-max))
             ,@body)
         (with-current-buffer buffer (set-buffer-modified-p nil))
         (kill-buffer buffer)
         (delete-directory folder t)))))


;;;; Stand-ins where the real things are not installed

(unless (require 'clojure-mode nil t)
  (define-derived-mode clojure-mode prog-mode "Clojure"
    "As much of Clojure's syntax as these tests need."
    (set-syntax-table (copy-syntax-table lisp-data-mode-syntax-table))
    (dolist (row '((?\[ . "(]") (?\] . ")[") (?\{ . "(}") (?\} . "){") (?, . " ")))
      (modify-syntax-entry (car row) (cdr row)))
    (setq-local comment-start ";")))

(defvar ios-eval-tests--cider (require 'cider nil t)
  "Non-nil when CIDER itself is here.")

(defvar-local ios-eval-tests--callbacks nil
  "The callbacks of requests of this stand-in for a REPL, by id.")

(defun ios-eval-tests--bencode (value)
  "Return VALUE, a string, an integer or a list of keys and values, in bencode."
  (pcase value
    ((pred integerp) (format "i%de" value))
    ((pred stringp) (let ((bytes (encode-coding-string value 'utf-8)))
                      (concat (number-to-string (length bytes)) ":" bytes)))
    (_ (concat "d" (mapconcat #'ios-eval-tests--bencode value "") "e"))))

(defun ios-eval-tests--bdecode ()
  "Return the bencoded value at point and move behind it."
  (cond ((looking-at "i\\(-?[0-9]+\\)e")
         (goto-char (match-end 0))
         (string-to-number (match-string 1)))
        ((looking-at "\\([0-9]+\\):")
         (let ((end (+ (match-end 0) (string-to-number (match-string 1)))))
           (when (> end (point-max)) (signal 'end-of-buffer nil))
           (prog1 (decode-coding-string (buffer-substring (match-end 0) end) 'utf-8)
             (goto-char end))))
        ((looking-at "[dl]")
         (let ((found (and (eq (char-after) ?d) (list 'dict))))
           (forward-char)
           (while (not (looking-at "e"))
             (push (ios-eval-tests--bdecode) found))
           (forward-char)
           (nreverse found)))
        (t (signal 'end-of-buffer nil))))

(defun ios-eval-tests--nrepl-filter (process bytes)
  "Call the callbacks of the messages that BYTES from PROCESS complete."
  (with-current-buffer (process-buffer process)
    (goto-char (point-max))
    (insert bytes)
    (goto-char (point-min))
    (condition-case nil
        (while (not (eobp))
          (let ((reply (ios-eval-tests--bdecode)))
            (delete-region (point-min) (point))
            (save-excursion
              (funcall (or (cdr (assoc (nrepl-dict-get reply "id") ios-eval-tests--callbacks))
                           #'ignore)
                       reply))))
      (end-of-buffer nil))))

(unless ios-eval-tests--cider
  (defvar nrepl-session nil "The session of this REPL.")
  (defvar nrepl-tooling-session nil "The other session of this REPL.")
  (defvar ios-eval-tests--repl nil "The REPL buffer.")
  (define-derived-mode cider-repl-mode fundamental-mode "REPL" "Mode of a REPL.")
  (defun nrepl-dict-get (dict key)
    "Return the value of KEY in DICT."
    (cadr (member key (cdr dict))))
  (defun cider-current-repl (&rest _)
    "Return the REPL buffer, if there is one."
    (and (buffer-live-p ios-eval-tests--repl) ios-eval-tests--repl))
  (defun cider-nrepl-op-supported-p (op &optional _repl)
    "Return non-nil when OP is there."
    (string-prefix-p "ios-" op))
  (defun cider-nrepl-send-request (request callback &optional repl tooling)
    "Send REQUEST, with CALLBACK, to REPL; TOOLING chooses its other session."
    (with-current-buffer repl
      (let ((id (number-to-string (1+ (length ios-eval-tests--callbacks))))
            (session (if tooling nrepl-tooling-session nrepl-session)))
        (push (cons id callback) ios-eval-tests--callbacks)
        (process-send-string
         (get-buffer-process repl)
         (ios-eval-tests--bencode
          (append request (list "id" id) (and session (list "session" session)))))))))

(defun ios-eval-tests--ask (repl code tooling)
  "Return the value of CODE in REPL, in the other session if TOOLING."
  (let (value)
    (cider-nrepl-send-request (list "op" "eval" "code" code)
                              (lambda (reply)
                                (setq value (or (nrepl-dict-get reply "value") value)))
                              repl tooling)
    (ios-eval-tests--wait (lambda () value))))

(defun ios-eval-tests--connect-nrepl ()
  "Return a REPL buffer that is connected to the bridge."
  (let ((port (ios-eval-tests--number "IOS_EVAL_BRIDGE")))
    (if ios-eval-tests--cider
        (let ((repl (cider-connect-clj (list :host "127.0.0.1" :port port
                                             :project-dir default-directory))))
          (ios-eval-tests--wait
           (lambda () (with-current-buffer repl (string-match-p "user>" (buffer-string)))))
          repl)
      (with-current-buffer (setq ios-eval-tests--repl (generate-new-buffer "*repl*"))
        (set-buffer-multibyte nil)
        (cider-repl-mode)
        (make-network-process :name "nrepl" :buffer (current-buffer) :host "127.0.0.1"
                              :service port :coding 'binary :noquery t
                              :filter #'ios-eval-tests--nrepl-filter)
        (let ((repl (current-buffer)))
          (dolist (variable '(nrepl-session nrepl-tooling-session))
            (cider-nrepl-send-request
             '("op" "clone")
             (lambda (reply)
               (with-current-buffer repl
                 (set (make-local-variable variable) (nrepl-dict-get reply "new-session"))))
             repl)
            (ios-eval-tests--wait (lambda () (buffer-local-value variable repl))))
          repl)))))

(defmacro ios-eval-tests--in-repl (&rest body)
  "Run BODY in a REPL buffer that is connected to the bridge."
  (declare (indent 0) (debug t))
  `(let ((repl (ios-eval-tests--connect-nrepl))
         (kill-buffer-query-functions nil))
     (ios-eval-tests--forget)
     (unwind-protect
         (with-current-buffer repl ,@body)
       (delete-process (get-buffer-process repl))
       (kill-buffer repl))))

(defmacro ios-eval-tests--with-fake (on-line greeting &rest body)
  "Run BODY while connected to a device that is made here.
It says GREETING first; ON-LINE is called with the client's process
and each line from it, as an alist."
  (declare (indent 2) (debug t))
  `(let* ((kept "")
          (server
           (make-network-process
            :name "fake-device" :server t :host "127.0.0.1" :service t :coding 'binary :noquery t
            :log (lambda (_ client _) (process-send-string client ,greeting))
            :filter (lambda (client bytes)
                      (let ((lines (split-string (concat kept bytes) "\n")))
                        (setq kept (car (last lines)))
                        (dolist (line (butlast lines))
                          (funcall ,on-line client (ios-eval--parse line))))))))
     (unwind-protect
         (ios-eval-tests--connected (process-contact server :service) ,@body)
       (delete-process server))))

(defconst ios-eval-tests--welcome "{\"op\":\"welcome\",\"device\":{\"name\":\"fake\"}}\n")

(defun ios-eval-tests--fake-client ()
  "Return the process of the fake device's client, once it has connected."
  (seq-find (lambda (process) (string-match-p "\\`fake-device <" (process-name process)))
            (process-list)))

(defun ios-eval-tests--sends (client &rest fields)
  "Send the plist FIELDS as a message to CLIENT, a byte at a time."
  (dolist (byte (append (encode-coding-string (concat (json-serialize fields) "\n") 'utf-8) nil))
    (process-send-string client (unibyte-string byte))
    (accept-process-output nil 0.0001)))


;;;; Results and errors

(ert-deftest ios-eval-tests-a-result-is-shown-beside-the-code-and-in-the-log ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (clojure-mode)
      (insert "[:a (+ 1 2)")
      (ios-eval-last-sexp)
      (ios-eval-tests--see "^=> 3$")
      (should (equal (substring-no-properties (ios-eval-tests--beside)) " => 3"))
      (run-hooks 'pre-command-hook)
      (should-not (ios-eval-tests--beside)))))

(ert-deftest ios-eval-tests-a-string-is-evaluated-in-the-default-language ()
  (ios-eval-tests--on-device
    (ios-eval-string "(str \"née \" (inc 41) \" 😀\")")
    (ios-eval-tests--see "^=> \"née 42 😀\"$")))

(ert-deftest ios-eval-tests-an-error-links-to-its-place ()
  (ios-eval-tests--on-device
    (ios-eval-tests--in-file "broken.lpy" "(ns broken)\n\n(defn f []\n  (/ 1 0))\n(f)"
      (ios-eval-buffer)
      (ios-eval-tests--see "^;; Error: ZeroDivisionError")
      (ios-eval-tests--see "^;; at .*broken.lpy:4$")
      (with-current-buffer (ios-eval--buffer)
        (goto-char (point-min))
        (search-forward ";; at ")
        (push-button (point)))
      (should (eq (window-buffer) buffer))
      (should (= (line-number-at-pos) 4)))))

(ert-deftest ios-eval-tests-an-error-in-a-buffer-without-file-links-to-that-buffer ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (clojure-mode)
      (insert "\n\n   (no-such-name)")
      (ios-eval-last-sexp)
      (ios-eval-tests--see (concat "^;; at " (regexp-quote (buffer-name)) ":3$"))
      (with-current-buffer (ios-eval--buffer)
        (goto-char (point-min))
        (search-forward ";; at ")
        (push-button (point)))
      (should (looking-at-p "no-such-name")))))

(ert-deftest ios-eval-tests-all-forms-of-a-region-are-evaluated-after-an-error-too ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (clojure-mode)
      (insert "1 (/ 1 0) 3")
      (ios-eval-region (point-min) (point-max))
      (ios-eval-tests--see "^=> 1\n;; Error: ZeroDivisionError.*\n\\(?:;;.*\n\\)?=> 3$"))))

(ert-deftest ios-eval-tests-output-comes-before-the-result ()
  (ios-eval-tests--on-device
    (ios-eval-string "(do (println \"línea\") (print \"half\") 7)")
    (ios-eval-tests--see "^línea\nhalf\n=> 7$")))

(ert-deftest ios-eval-tests-many-requests-are-answered-in-order ()
  (ios-eval-tests--on-device
    (dotimes (number 200)
      (ios-eval-string (format "(inc %d)" number)))
    (ios-eval-tests--see "^=> 200$")
    (should (equal (ios-eval-tests--log)
                   (mapconcat (lambda (number) (format "=> %d\n" number))
                              (number-sequence 1 200) "")))))

(ert-deftest ios-eval-tests-long-output-and-long-values-arrive-whole ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (python-mode)
      (ios-eval-string "for n in range(30000): print('línea', n)")
      (ios-eval-tests--see "^línea 29999\n=> None$")
      (should (= (with-current-buffer (ios-eval--buffer) (count-lines (point-min) (point-max)))
                 30001))
      (ios-eval-string "'é' * 2000000")
      (ios-eval-tests--see "^=> 'é+'$")
      (should (> (length (ios-eval-tests--log)) 2000000)))))

(ert-deftest ios-eval-tests-the-log-keeps-what-is-latest ()
  (ios-eval-tests--forget)
  (let ((line (make-string 999 ?x)))
    (dotimes (_ 4100) (ios-eval--log-line line)))
  (with-current-buffer (ios-eval--buffer)
    (should (<= (buffer-size) ios-eval--kept-chars))
    (should (> (buffer-size) (- ios-eval--kept-chars 2000)))))

(ert-deftest ios-eval-tests-a-program-that-reads-is-asked-for-input ()
  (ios-eval-tests--on-device
    (cl-letf (((symbol-function 'read-string) (lambda (&rest _) "typed é")))
      (ios-eval-string "(str \"got \" (read-line))")
      (ios-eval-tests--see "^=> \"got typed é\"$"))))

(ert-deftest ios-eval-tests-quitting-the-question-interrupts-the-program ()
  (ios-eval-tests--on-device
    (cl-letf (((symbol-function 'read-string) (lambda (&rest _) (signal 'quit nil))))
      (ios-eval-string "(read-line)")
      (ios-eval-tests--see "^;; Error: Interrupted"))))

(defmacro ios-eval-tests--seeing (&rest body)
  "Run BODY as in a graphical Emacs."
  (declare (indent 0))
  `(cl-letf (((symbol-function 'display-images-p) (lambda (&rest _) t))
             ((symbol-function 'image-type-available-p) (lambda (&rest _) t))
             ((symbol-function 'create-image)
              (lambda (data type &rest _) (list 'image :type type :bytes (length data)))))
     ,@body))

(defun ios-eval-tests--shown ()
  "Return the images in the buffer of results."
  (with-current-buffer (ios-eval--buffer)
    (let ((at (point-min)) found)
      (while (setq at (next-single-property-change at 'display))
        (when (get-text-property at 'display)
          (push (get-text-property at 'display) found)))
      (nreverse found))))

(ert-deftest ios-eval-tests-images-are-shown-in-the-log ()
  (ios-eval-tests--on-device
    (ios-eval-tests--seeing
      (ios-eval-string "(import PIL.Image) (PIL.Image/effect_noise #py (1200 1200) 90)")
      (ios-eval-tests--see "^\\[image/png 1200x1200, [0-9]+ bytes\\]$")
      (ios-eval-tests--wait #'ios-eval-tests--shown)
      (let ((size (and (string-match "\\([0-9]+\\) bytes" (ios-eval-tests--log))
                       (string-to-number (match-string 1 (ios-eval-tests--log))))))
        (should (> size 1100000))       ; more than one piece
        (should (equal (ios-eval-tests--shown) `((image :type png :bytes ,size))))))))

(ert-deftest ios-eval-tests-images-are-named-where-none-can-be-shown ()
  (ios-eval-tests--on-device
    (ios-eval-string "(import PIL.Image) (PIL.Image/new \"RGB\" #py (2 3))")
    (ios-eval-tests--see "^\\[image/png 2x3, [0-9]+ bytes\\]$")
    (should-not (ios-eval-tests--shown))))

(ert-deftest ios-eval-tests-an-image-that-is-gone-is-said ()
  (ios-eval-tests--on-device
    (ios-eval-tests--seeing
      (ios-eval--log-images (ios-eval--connected)
                            '(((ref . "sha256-0") (mime . "image/png") (bytes . 3))))
      (ios-eval-tests--see "^;; The image is not shown: There is no picture"))))


;;;; Namespaces and languages

(ert-deftest ios-eval-tests-code-runs-in-the-namespace-of-its-buffer ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (clojure-mode)
      (insert "; (ns wrong)\n(ns ^:quiet ^{:doc \"x\"} my.place\n  (:require [basilisp.string :as s]))\n"
              "(str (s/upper-case \"a\") (name (ns-name *ns*)))")
      (ios-eval-last-sexp)
      (ios-eval-tests--see "^=> \"Amy.place\"$")
      (ios-eval-string "(name (ns-name *ns*))")
      (ios-eval-tests--see "^=> \"my.place\"$"))))

(ert-deftest ios-eval-tests-a-changed-ns-form-is-sent-again ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (clojure-mode)
      (insert "(ns grows)\n(str 1)")
      (ios-eval-last-sexp)
      (ios-eval-tests--see "^=> \"1\"$")
      (goto-char (point-min))
      (search-forward "grows")
      (insert " (:require [basilisp.string :as s])")
      (ios-eval-string "(s/upper-case \"b\")")
      (ios-eval-tests--see "^=> \"B\"$"))))

(ert-deftest ios-eval-tests-an-ns-form-that-fails-is-told-and-tried-again ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (clojure-mode)
      (insert "(ns fails (:require [no.such.library]))\n1")
      (ios-eval-last-sexp)
      (ios-eval-tests--see "^;; Error: .*no.such.library")
      (ios-eval-tests--wait
       (lambda () (= 0 (hash-table-count (ios-eval--connection-pending ios-eval--connection)))))
      (should-not (gethash "fails" (ios-eval--connection-defined ios-eval--connection))))))

(ert-deftest ios-eval-tests-python-is-evaluated-by-statement ()
  (ios-eval-tests--on-device
    (ios-eval-tests--in-file "unloaded_module.py" "if True:\n    total = sum([1,\n                 2])"
      (ios-eval-last-sexp)
      (ios-eval-tests--see "^=> None$")
      (goto-char (point-max))
      (insert "\ntotal + 4")
      (run-hooks 'pre-command-hook)
      (ios-eval-last-sexp)
      (ios-eval-tests--see "^=> 7$")
      (should (equal (substring-no-properties (ios-eval-tests--beside)) " => 7")))))

(ert-deftest ios-eval-tests-python-evaluates-the-whole-top-level-statement ()
  (dolist (around '("return 1" "finally" "def inner" "@decorated" "class Thing"))
    (with-temp-buffer
      (python-mode)
      (insert "before = 1\n\n@decorated\n@again(1,\n       2)\nclass Thing:\n\n    def inner(self):\n"
              "        try:\n            return 1\n        finally:\n            pass\n\n"
              "# a remark\nafter = 2\n")
      (goto-char (point-min))
      (search-forward around)
      (let ((bounds (ios-eval--defun-bounds)))
        (should (string-match-p "\\`@decorated\n\\(?:.\\|\n\\)*            pass\\'"
                                (buffer-substring (car bounds) (cdr bounds))))))))

(ert-deftest ios-eval-tests-python-branches-belong-to-their-statement ()
  (with-temp-buffer
    (python-mode)
    (insert "if a:\n    x = 1\nelse:\n    x = 2\ny = 3\n")
    (search-backward "x = 2")
    (let ((bounds (ios-eval--defun-bounds)))
      (should (equal (buffer-substring (car bounds) (cdr bounds))
                     "if a:\n    x = 1\nelse:\n    x = 2")))
    (search-forward "y")
    (let ((bounds (ios-eval--defun-bounds)))
      (should (equal (buffer-substring (car bounds) (cdr bounds)) "y = 3")))))

(ert-deftest ios-eval-tests-an-indented-region-of-python-is-evaluated ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (python-mode)
      (insert "def f():\n    a = 1\n    if a:\n        a += 1\n    a\n")
      (goto-char (point-min))
      (ios-eval-region (progn (search-forward "    a") (1- (point))) (point-max))
      (ios-eval-tests--see "^=> 2$"))))

(ert-deftest ios-eval-tests-python-runs-in-its-module-once-that-is-loaded ()
  (ios-eval-tests--on-device
    (ios-eval-tests--in-file "pack/part.py" "secret = 40\n__name__"
      (write-region "" nil (expand-file-name "pack/__init__.py" folder) nil 'silent)
      (should (equal (ios-eval--module) "pack.part"))
      (write-region "" nil (expand-file-name "pack/__init__.py" folder) nil 'silent)
      (ios-eval-buffer)
      (ios-eval-tests--see "^=> ")
      (ios-eval-string "(__name__, secret + 2)")
      (ios-eval-tests--see "^=> ('pack.part', 42)$"))))

(ert-deftest ios-eval-tests-a-clojure-defun-is-the-whole-top-level-form ()
  (with-temp-buffer
    (clojure-mode)
    (insert "(ns a)\n\n #'(defn f [x]\n  {:a [x \"(\"]})\n\n(g)")
    (dolist (around '("defn" ":a" "\"("))
      (goto-char (point-min))
      (search-forward around)
      (let ((bounds (ios-eval--defun-bounds)))
        (should (equal (buffer-substring (car bounds) (cdr bounds))
                       "#'(defn f [x]\n  {:a [x \"(\"]})"))))
    (goto-char (point-max))
    (let ((bounds (ios-eval--defun-bounds)))
      (should (equal (buffer-substring (car bounds) (cdr bounds)) "(g)")))))

(ert-deftest ios-eval-tests-nothing-to-evaluate-is-said ()
  (ios-eval-tests--on-device
    (should-error (ios-eval-string "  ") :type 'user-error)))


;;;; The device

(ert-deftest ios-eval-tests-ping-interrupt-and-rewind ()
  (ios-eval-tests--on-device
    (ios-eval-ping)
    (ios-eval-tests--hear "^pong from .* in [0-9.]+ ms; it is \\(idle\\|busy\\)$")
    (ios-eval-string "(loop [] (recur))")
    (ios-eval-interrupt)
    (ios-eval-tests--see "^;; Error: Interrupted")
    (ios-eval-tests--hear "^Interrupted$")
    (ios-eval-interrupt)
    (ios-eval-tests--hear "^Nothing of this connection is being evaluated$")
    (ios-eval-string "(def undone 1)")
    (ios-eval-tests--see "^=> #'user/undone$")
    (ios-eval-rewind 1)
    (ios-eval-tests--see "^;; Undone: (def undone 1)$")
    (ios-eval-string "undone")
    (ios-eval-tests--see "^;; Error: .*undone")
    (ios-eval-rewind 1000)
    (ios-eval-tests--see "^;; Error: Cannot go back 1000")))

(ert-deftest ios-eval-tests-code-that-takes-too-long-is-interrupted ()
  (let ((ios-eval-timeout 0.3))
    (ios-eval-tests--on-device
      (ios-eval-string "(loop [] (recur))")
      (ios-eval-tests--see "^;; Error: Timed out"))))

(ert-deftest ios-eval-tests-a-crash-costs-one-error ()
  (ios-eval-tests--on-device
    (with-temp-buffer
      (python-mode)
      (ios-eval-string "import ctypes; ctypes.string_at(0)")
      (ios-eval-string "5 + 1")
      (ios-eval-tests--see "^;; Error: The worker died: SIGSEGV.*\n=> 6$"))))

(ert-deftest ios-eval-tests-a-device-that-dies-ends-every-request-with-an-error ()
  (pcase-let ((`(,port ,pid) (mapcar #'string-to-number (split-string (getenv "IOS_EVAL_DOOMED")))))
    (ios-eval-tests--connected port
      (ios-eval-tests--hear "^Connected to the device")
      (dotimes (_ 3) (ios-eval-string "(loop [] (recur))"))
      (signal-process pid 'SIGKILL)
      (ios-eval-tests--see "\\(^;; Error: .*The device has closed the connection\n\\)\\{3\\}")
      (should-not ios-eval--connection)
      (should (string-match-p "M-x ios-eval-connect"
                              (cadr (should-error (ios-eval-ping) :type 'user-error)))))))

(ert-deftest ios-eval-tests-where-nothing-listens-the-remedy-is-said ()
  (ios-eval-tests--connected 1
    (ios-eval-string "1")
    (ios-eval-tests--see "^;; Error: 127.0.0.1:1: Cannot connect .*start a device there with .tether device")))

(ert-deftest ios-eval-tests-disconnecting-ends-what-is-pending ()
  (ios-eval-tests--with-fake #'ignore ""
    (ios-eval-string "1")
    (ios-eval-disconnect)
    (ios-eval-tests--see "^;; Error: .*Disconnected")
    (ios-eval-disconnect)))

(ert-deftest ios-eval-tests-answers-may-be-cut-anywhere ()
  (ios-eval-tests--with-fake
      (lambda (client request)
        (pcase (alist-get 'op request)
          ("hello" (ios-eval-tests--sends client :op "ready" :id "hello"))
          ("eval" (ios-eval-tests--sends client :op "out" :id (alist-get 'id request)
                                         :stream "out" :text "añ😀\n")
           (ios-eval-tests--sends client :op "result" :id (alist-get 'id request) :value "ß"))))
      ios-eval-tests--welcome
    (ios-eval-string "1")
    (ios-eval-tests--see "^añ😀\n=> ß$")))

(ert-deftest ios-eval-tests-a-welcome-may-come-late ()
  (ios-eval-tests--with-fake
      (lambda (client request)
        (process-send-string
         client (if (equal (alist-get 'op request) "hello")
                    "{\"op\":\"ready\",\"id\":\"hello\"}\n"
                  (format "{\"op\":\"result\",\"id\":%d,\"value\":\"%s\"}\n"
                          (alist-get 'id request) (alist-get 'code request)))))
      ""
    (ios-eval-string "first")
    (ios-eval-string "second")
    (process-send-string (ios-eval-tests--wait #'ios-eval-tests--fake-client) ios-eval-tests--welcome)
    (ios-eval-tests--see "^=> first\n=> second$")))

(ert-deftest ios-eval-tests-half-a-surrogate-pair-is-no-catastrophe ()
  (ios-eval-tests--with-fake
      (lambda (client request)
        (process-send-string
         client (if (equal (alist-get 'op request) "hello")
                    "{\"op\":\"ready\",\"id\":\"hello\"}\n"
                  (format "{\"op\":\"result\",\"id\":%d,\"value\":\"a\\ud800b\"}\n"
                          (alist-get 'id request)))))
      ios-eval-tests--welcome
    (ios-eval-string "1")
    (ios-eval-tests--see "^=> a.b$")))

(ert-deftest ios-eval-tests-a-device-that-falls-silent-is-given-up ()
  (let ((ios-eval-timeout 0.2) pinged)
    (ios-eval-tests--with-fake
        (lambda (client request)
          (pcase (alist-get 'op request)
            ("hello" (ios-eval-tests--sends client :op "ready" :id "hello"))
            ("ping" (setq pinged t))))
        ios-eval-tests--welcome
      (ios-eval-string "1")
      (ios-eval-tests--see "^;; Error: .*No answer within 0.2 s$")
      (should pinged))))

(ert-deftest ios-eval-tests-what-never-says-welcome-is-given-up ()
  (let ((ios-eval-timeout 0.1))
    (ios-eval-tests--with-fake #'ignore ""
      (ios-eval-string "1")
      (ios-eval-tests--see "^;; Error: .*No answer within 0.1 s$"))))

(ert-deftest ios-eval-tests-what-is-no-device-is-told-apart ()
  (ios-eval-tests--with-fake #'ignore "220 mail.example ESMTP\n"
    (ios-eval-string "1")
    (ios-eval-tests--see "^;; Error: .*This is no device: it does not speak JSON lines$")))

(ert-deftest ios-eval-tests-a-wrong-token-is-told ()
  (ios-eval-tests--with-fake
      (lambda (client _)
        (ios-eval-tests--sends client :op "access-denied" :id "hello" :error "The token is wrong"))
      ios-eval-tests--welcome
    (ios-eval-string "1")
    (ios-eval-tests--see "^;; Error: .*The token is wrong; set TETHER_TOKEN")))


;;;; CIDER

(defun ios-eval-tests--mode-line ()
  "Return the part of the mode line about devices."
  (or (eval (cadr ios-eval--cider-mode-line) t) ""))

(ert-deftest ios-eval-tests-cider-moves-to-the-device-and-back ()
  (let ((ios-eval-port (ios-eval-tests--number "IOS_EVAL_DEVICE")))
    (ios-eval-tests--in-repl
      (ios-eval-tests--ask repl "(def here :bridge)" nil)
      (should (equal (ios-eval-tests--mode-line) ""))
      (ios-eval-cider-connect)
      (ios-eval-tests--hear (format "evaluates on the device 127.0.0.1:%d$" ios-eval-port))
      (should (equal (ios-eval-tests--mode-line) " [iOS]"))
      (dolist (tooling '(nil t))
        (should (equal (ios-eval-tests--ask repl "(str (resolve 'here))" tooling) "\"\"")))
      (ios-eval-cider-toggle)
      (ios-eval-tests--hear "evaluates on the device local$")
      (should (equal (ios-eval-tests--mode-line) ""))
      (should (equal (ios-eval-tests--ask repl "here" nil) ":bridge"))
      (ios-eval-cider-toggle)
      (ios-eval-tests--wait (lambda () (equal (ios-eval-tests--mode-line) " [iOS]")))
      (ios-eval-cider-disconnect)
      (ios-eval-tests--wait (lambda () (equal (ios-eval-tests--mode-line) ""))))))

(ert-deftest ios-eval-tests-cider-status-says-where-code-runs ()
  (ios-eval-tests--in-repl
    (ios-eval-cider-status)
    (ios-eval-tests--hear "evaluates on the device local$")))

(ert-deftest ios-eval-tests-cider-stays-where-it-is-when-no-device-answers ()
  (ios-eval-tests--in-repl
    (ios-eval-cider-connect "127.0.0.1" 1)
    (ios-eval-tests--hear "^;; Error: Failed to connect to iOS device at 127.0.0.1:1 (.*Connection refused)$")
    (should (equal (ios-eval-tests--mode-line) ""))
    (should (equal (ios-eval-tests--ask repl "(+ 1 2)" nil) "3"))))

(ert-deftest ios-eval-tests-cider-commands-say-when-there-is-no-connection ()
  (with-temp-buffer
    (dolist (command '(ios-eval-cider-connect ios-eval-cider-disconnect
                       ios-eval-cider-status ios-eval-cider-toggle))
      (should (string-match-p "No CIDER connection"
                              (cadr (should-error (funcall command) :type 'user-error)))))))


;;;; Keys

(defvar cider-mode)

(ert-deftest ios-eval-tests-keys-leave-cider-its-own ()
  (with-temp-buffer
    (ios-eval-mode)
    (should (equal (cadr (assq 'ios-eval-mode minor-mode-alist)) " iOS"))
    (pcase-dolist (`(,keys . ,command) '(("C-c C-i" . ios-eval-last-sexp) ("C-c C-r" . ios-eval-region)
                                         ("C-c C-d" . ios-eval-defun) ("C-c C-b" . ios-eval-buffer)))
      (should (eq (key-binding (kbd keys)) command)))
    (local-set-key (kbd "C-c C-d") #'ignore)
    (local-set-key (kbd "C-c C-b") #'ignore)
    (setq-local cider-mode t)
    (should (eq (key-binding (kbd "C-c C-i")) 'ios-eval-last-sexp))
    (should (memq (key-binding (kbd "C-c C-d")) '(ignore cider-doc-menu)))
    (should (memq (key-binding (kbd "C-c C-b")) '(ignore cider-interrupt)))))

(provide 'ios-eval-tests)
;;; ios-eval-tests.el ends here
