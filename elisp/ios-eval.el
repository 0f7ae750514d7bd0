;;; ios-eval.el --- Evaluate code on a device that runs Tether  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 Tether contributors

;; Author: Tether contributors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.2"))
;; Keywords: languages, processes, tools
;; SPDX-License-Identifier: MIT

;; This file is not part of GNU Emacs.

;;; Commentary:

;; Two ways to evaluate code on a device, in one file without dependencies.
;;
;; Alone: `ios-eval-connect' speaks the device's own protocol, JSON lines on
;; port 5558.  Turn on `ios-eval-mode' in a Clojure or Python buffer, then
;; C-c C-i evaluates what is before point, C-c C-r the region, C-c C-d the
;; definition around point, C-c C-b the buffer.  Results are shown beside the
;; code and in the buffer `*ios-eval*'.
;;
;; With CIDER, connected to the bridge (`tether serve'):
;; `ios-eval-cider-connect' moves the REPL's session to a device, and CIDER's
;; own commands evaluate there.  " [iOS]" in the mode line says so.

;;; Code:

(require 'cl-lib)
(require 'json)
(require 'subr-x)

(declare-function cider-current-repl "ext:cider-session")
(declare-function cider-nrepl-op-supported-p "ext:cider-client")
(declare-function cider-nrepl-send-request "ext:cider-client")
(declare-function nrepl-dict-get "ext:nrepl-dict")
(declare-function python-nav-backward-statement "python")
(declare-function python-nav-beginning-of-statement "python")
(declare-function python-nav-end-of-statement "python")

(defgroup ios-eval nil
  "Evaluate code on a device that runs Tether."
  :group 'tools
  :prefix "ios-eval-")

(defcustom ios-eval-host "127.0.0.1"
  "The host of the device."
  :type 'string)

(defcustom ios-eval-port 5558
  "The port of the device."
  :type 'natnum)

(defcustom ios-eval-timeout 30
  "How many seconds an evaluation may take, and a device may be silent.
An evaluation is interrupted then.  A device that does not even
answer a ping is given up, and every request to it ends.  Nil means
to wait for ever."
  :type '(choice number (const :tag "For ever" nil)))

(defcustom ios-eval-languages
  '(("\\`python-" . "python") ("\\`clojure" . "basilisp"))
  "Names of major modes, as regexps, and the languages of their buffers.
The languages are named as devices name them.  In other buffers code
is in the device's default language."
  :type '(alist :key-type regexp :value-type string))

(defface ios-eval-result
  '((t :inherit font-lock-string-face))
  "Face of results.")

(defface ios-eval-error
  '((t :inherit error))
  "Face of errors and of what a program writes to its standard error.")


;;;; Connection: bytes, lines, messages

(cl-defstruct (ios-eval--connection (:constructor ios-eval--connection-make)
                                    (:copier nil))
  "A connection to a device.

Slots:

  PROCESS  - the network process
  ADDRESS  - \"host:port\", for people
  STATE    - `connecting' until the device is ready, `ready', then `ended'
  DEVICE   - the device's name, from its welcome
  PENDING  - id of a request -> function of its answers
  NEXT-ID  - the number of requests made
  WAITING  - lines to send once the device is ready, latest first
  CHUNKS   - what has arrived of an unfinished line, latest first
  LINES    - whole lines that nobody has looked at
  TAKING   - non-nil while lines are being looked at
  HEARD    - when something last arrived, in seconds
  PINGED   - non-nil when a ping was sent because nothing arrived
  TIMER    - checks on a device that somebody waits for
  SPOKEN   - characters of output of each pending request, by id
  DEFINED  - namespace -> the form that was sent to define it"
  process address (state 'connecting) device
  (pending (make-hash-table :test #'equal)) (next-id 0) waiting
  chunks lines taking (heard (float-time)) pinged timer
  (spoken (make-hash-table :test #'equal))
  (defined (make-hash-table :test #'equal)))

(defvar ios-eval--connection nil
  "The `ios-eval--connection' that commands use, or nil.")

(defconst ios-eval--last-answers
  '("result" "error" "pong" "status" "goodbye" "ready" "access-denied"
    "interrupted" "idle" "id-mismatch" "closed" "cloned")
  "The ops of answers after which a request gets no other.")

(defun ios-eval--open (host port)
  "Return a new connection to the device at HOST and PORT.
It is usable at once: requests wait until the device is ready."
  (let* ((process (make-network-process
                   :name "ios-eval" :host host :service port :nowait t
                   :coding 'binary :noquery t
                   :filter #'ios-eval--filter :sentinel #'ios-eval--sentinel))
         (connection (ios-eval--connection-make
                      :process process :address (format "%s:%s" host port))))
    (process-put process 'ios-eval connection)
    (ios-eval--watch connection)
    connection))

(defun ios-eval--filter (process bytes)
  "Take BYTES that PROCESS has sent, and answer the lines they complete.
Sending may let more bytes in before it returns; a call from within
this function only keeps them, so that lines stay in order."
  (let ((connection (process-get process 'ios-eval)))
    (setf (ios-eval--connection-heard connection) (float-time)
          (ios-eval--connection-pinged connection) nil)
    (ios-eval--keep connection bytes)
    (unless (ios-eval--connection-taking connection)
      (setf (ios-eval--connection-taking connection) t)
      (unwind-protect
          (while (ios-eval--connection-lines connection)
            (ios-eval--take connection (pop (ios-eval--connection-lines connection))))
        (setf (ios-eval--connection-taking connection) nil)))))

(defun ios-eval--keep (connection bytes)
  "Add BYTES to what CONNECTION has received.
An unfinished line is kept in pieces: joining them at every piece
would make a long line quadratic."
  (push bytes (ios-eval--connection-chunks connection))
  (when (string-search "\n" bytes)
    (let ((lines (split-string
                  (apply #'concat (nreverse (ios-eval--connection-chunks connection)))
                  "\n")))
      (setf (ios-eval--connection-chunks connection) (last lines)
            (ios-eval--connection-lines connection)
            (nconc (ios-eval--connection-lines connection) (butlast lines))))))

(defun ios-eval--take (connection line)
  "Hand the message in LINE to whoever waits for it on CONNECTION."
  (let ((message (condition-case nil
                     (ios-eval--parse (decode-coding-string line 'utf-8))
                   (error 'no-message))))
    (cond ((and (listp message) (stringp (alist-get 'op message)))
           (ios-eval--dispatch connection message))
          ((not (string-blank-p line))
           (ios-eval--end connection "This is no device: it does not speak JSON lines")))))

(defun ios-eval--parse (text)
  "Return the JSON object in TEXT as an alist of symbols.
Half a surrogate pair, which a device may send, is read by json.el only."
  (condition-case nil
      (json-parse-string text :object-type 'alist :array-type 'list
                         :null-object nil :false-object nil)
    (error (let ((json-object-type 'alist) (json-array-type 'list)
                 (json-false nil) (json-null nil))
             (json-read-from-string text)))))

(defun ios-eval--dispatch (connection message)
  "Give MESSAGE, which has arrived on CONNECTION, to its request's callback."
  (let* ((op (alist-get 'op message))
         (id (alist-get 'id message))
         (callback (gethash id (ios-eval--connection-pending connection))))
    (when (member op ios-eval--last-answers)
      (remhash id (ios-eval--connection-pending connection))
      (remhash id (ios-eval--connection-spoken connection)))
    (cond (callback (ios-eval--call callback message))
          ((equal op "welcome") (ios-eval--greet connection message))
          ((equal op "error") (ios-eval--log-error message nil)))
    (when (equal op "out")
      (ios-eval--acknowledge connection id message))))

(defun ios-eval--call (callback message)
  "Call CALLBACK with MESSAGE; an error in it does not concern the connection."
  (condition-case-unless-debug failure
      (funcall callback message)
    (error (message "ios-eval: %s" (error-message-string failure)))))

(defun ios-eval--acknowledge (connection id message)
  "Tell the device that the output in MESSAGE, of request ID, is shown.
On CONNECTION, the device waits when it is far ahead of what is shown."
  (when (gethash id (ios-eval--connection-pending connection))
    (ios-eval--write
     connection
     `((op . "ack") (id . ,id)
       (chars . ,(cl-incf (gethash id (ios-eval--connection-spoken connection) 0)
                          (length (alist-get 'text message))))))))

(defun ios-eval--greet (connection welcome)
  "Answer WELCOME with a hello; CONNECTION is ready when that is accepted."
  (setf (ios-eval--connection-device connection)
        (alist-get 'name (alist-get 'device welcome)))
  (let ((token (getenv "TETHER_TOKEN")))
    (ios-eval--write
     connection
     `((op . "hello") (id . "hello") (client . "ios-eval") (caps . ["out" "values" "ack"])
       ,@(and token `((token . ,token))))))
  (puthash "hello" (apply-partially #'ios-eval--start connection)
           (ios-eval--connection-pending connection)))

(defun ios-eval--start (connection answer)
  "Send what waits on CONNECTION if ANSWER, to the hello, is `ready'."
  (if (equal (alist-get 'op answer) "ready")
      (let ((lines (nreverse (ios-eval--connection-waiting connection))))
        (setf (ios-eval--connection-state connection) 'ready
              (ios-eval--connection-waiting connection) nil)
        (message "Connected to the device %s at %s"
                 (ios-eval--connection-device connection)
                 (ios-eval--connection-address connection))
        (mapc (apply-partially #'ios-eval--send-line connection) lines))
    (ios-eval--end connection (format "%s; set TETHER_TOKEN as on the device"
                                      (alist-get 'error answer)))))

(defun ios-eval--write (connection message)
  "Send MESSAGE, an alist, on CONNECTION now."
  (ios-eval--send-line connection (ios-eval--line message)))

(defun ios-eval--send-line (connection line)
  "Send LINE on CONNECTION, unless that has ended."
  (when (process-live-p (ios-eval--connection-process connection))
    (process-send-string (ios-eval--connection-process connection) line)))

(defun ios-eval--line (message)
  "Return MESSAGE, an alist, as a line of JSON in UTF-8."
  (concat (condition-case nil
              (encode-coding-string (json-serialize message) 'utf-8)
            (wrong-type-argument
             (user-error "This text has bytes that are no characters; see its coding system")))
          "\n"))

(defun ios-eval--request (connection message callback)
  "Send MESSAGE, an alist, on CONNECTION and return the id it was given.
CALLBACK is called with each answer, an alist.  The last of them has
one of the ops in `ios-eval--last-answers'; when the connection ends
before, that is an error of type \"device-lost\"."
  (let* ((id (cl-incf (ios-eval--connection-next-id connection)))
         (line (ios-eval--line `(,(car message) (id . ,id) ,@(cdr message)))))
    (puthash id callback (ios-eval--connection-pending connection))
    (ios-eval--watch connection)
    (if (eq (ios-eval--connection-state connection) 'ready)
        (ios-eval--send-line connection line)
      (push line (ios-eval--connection-waiting connection)))
    id))


;;;; Connection: silence and the end

(defun ios-eval--watch (connection)
  "See to it that a silent CONNECTION is noticed while somebody waits for it."
  (when (and ios-eval-timeout (not (ios-eval--connection-timer connection)))
    (setf (ios-eval--connection-heard connection) (float-time)
          (ios-eval--connection-timer connection)
          (run-at-time ios-eval-timeout nil #'ios-eval--check connection))))

(defun ios-eval--check (connection)
  "Ping the device when nothing has come from it for `ios-eval-timeout'.
When it leaves that unanswered for as long, end CONNECTION."
  (setf (ios-eval--connection-timer connection) nil)
  (let* ((silence (- (float-time) (ios-eval--connection-heard connection)))
         (left (and ios-eval-timeout (- ios-eval-timeout silence))))
    (cond ((not (and left (ios-eval--awaited-p connection))))
          ((> left 0.01)
           (setf (ios-eval--connection-timer connection)
                 (run-at-time left nil #'ios-eval--check connection)))
          ((or (ios-eval--connection-pinged connection)
               (eq (ios-eval--connection-state connection) 'connecting))
           (ios-eval--end connection (format "No answer within %s s" ios-eval-timeout)))
          (t
           (setf (ios-eval--connection-pinged connection) t)
           (ios-eval--request connection '((op . "ping")) #'ignore)))))

(defun ios-eval--awaited-p (connection)
  "Return non-nil when somebody waits for an answer on CONNECTION."
  (or (eq (ios-eval--connection-state connection) 'connecting)
      (> (hash-table-count (ios-eval--connection-pending connection)) 0)))

(defun ios-eval--sentinel (process event)
  "End the connection of PROCESS when it is over, because of EVENT."
  (unless (memq (process-status process) '(open connect))
    (let ((connection (process-get process 'ios-eval)))
      (ios-eval--end
       connection
       (if (string-prefix-p "failed" event)
           (format "Cannot connect (%s); start a device there with `tether device'"
                   (string-trim event))
         "The device has closed the connection")))))

(defun ios-eval--end (connection reason)
  "End CONNECTION and every request on it, for REASON.
Harmless when it has ended already."
  (unless (eq (ios-eval--connection-state connection) 'ended)
    (setf (ios-eval--connection-state connection) 'ended)
    (when (ios-eval--connection-timer connection)
      (cancel-timer (ios-eval--connection-timer connection)))
    (delete-process (ios-eval--connection-process connection))
    (when (eq connection ios-eval--connection)
      (setq ios-eval--connection nil))
    (let ((callbacks (hash-table-values (ios-eval--connection-pending connection)))
          (text (format "%s: %s" (ios-eval--connection-address connection) reason)))
      (clrhash (ios-eval--connection-pending connection))
      (setf (ios-eval--connection-lines connection) nil)
      (message "%s" text)
      (dolist (callback callbacks)
        (ios-eval--call callback `((op . "error") (type . "device-lost") (error . ,text)))))))

(defun ios-eval--connected ()
  "Return the connection, or say that there is none."
  (or ios-eval--connection
      (user-error "No device is connected; use M-x ios-eval-connect")))


;;;; The buffer of results

(define-derived-mode ios-eval-output-mode special-mode "iOS-Eval"
  "Major mode of the buffer `*ios-eval*': output, results and errors."
  (setq-local buffer-undo-list t)
  (setq-local truncate-lines nil)
  (setq-local bidi-paragraph-direction 'left-to-right)
  (setq-local bidi-inhibit-bpa t))

(defconst ios-eval--kept-chars 4000000
  "How much of the buffer of results is kept.")

(defun ios-eval--buffer ()
  "Return the buffer of results."
  (let ((buffer (get-buffer-create "*ios-eval*")))
    (with-current-buffer buffer
      (unless (derived-mode-p 'ios-eval-output-mode)
        (ios-eval-output-mode)))
    buffer))

(defun ios-eval--log (text &optional face)
  "Add TEXT, in FACE, at the end of the buffer of results.
Windows that show its end follow.  The oldest lines make room."
  (with-current-buffer (ios-eval--buffer)
    (let* ((inhibit-read-only t)
           (end (point-max))
           (is-at-end (= (point) end))
           (following (seq-filter (lambda (window) (= (window-point window) end))
                                  (get-buffer-window-list nil nil t))))
      (save-excursion
        (goto-char end)
        (insert text)
        (when face
          (add-face-text-property end (point-max) face))
        (when (> (buffer-size) ios-eval--kept-chars)
          (goto-char (- (point-max) ios-eval--kept-chars))
          (forward-line)
          (delete-region (point-min) (point))))
      (when is-at-end
        (goto-char (point-max)))
      (dolist (window following)
        (set-window-point window (point-max))))))

(defun ios-eval--log-line (text &optional face)
  "Add TEXT, in FACE, as lines of its own to the buffer of results."
  (ios-eval--log (concat (and (with-current-buffer (ios-eval--buffer)
                                (save-excursion
                                  (goto-char (point-max))
                                  (not (bolp))))
                              "\n")
                         text "\n")
                 face))

(defun ios-eval--log-error (message source)
  "Show the error in MESSAGE, a link to its place if that is known.
SOURCE is the buffer that the code came from, or nil."
  (let* ((text (concat ";; Error: "
                       (string-replace "\n" "\n;; " (or (alist-get 'error message) ""))))
         (place (alist-get 'location message)))
    (ios-eval--log-line
     (if place
         (concat text "\n;; at "
                 (ios-eval--link (format "%s:%s" (alist-get 'file place) (alist-get 'line place))
                                 (lambda (_) (ios-eval--jump place source))))
       text)
     'ios-eval-error)))

(defun ios-eval--link (label action)
  "Return LABEL as a text button with ACTION, a function of the button."
  (with-temp-buffer
    (insert-text-button label 'action action 'follow-link t
                        'help-echo "RET, mouse-1: go to this place")
    (buffer-string)))

(defun ios-eval--jump (place source)
  "Show PLACE, an alist of file, line and perhaps column (from 1).
SOURCE is the buffer of the code, for code that is in no file."
  (let-alist place
    (let ((buffer (cond ((and (buffer-live-p source)
                              (equal .file (ios-eval--file source)))
                         source)
                        ((file-exists-p .file) (find-file-noselect .file))
                        (t (user-error "%s is not on this machine" .file)))))
      (pop-to-buffer buffer)
      (widen)
      (goto-char (point-min))
      (forward-line (1- (or .line 1)))
      (when .column
        (forward-char (min (1- .column) (- (line-end-position) (point))))))))


;;;; Results beside the code

(defvar-local ios-eval--overlays nil
  "The overlays with results in this buffer.")

(defconst ios-eval--overlay-chars 300
  "How many characters of a result are shown beside the code.")

(defun ios-eval--show-beside (end text face)
  "Show TEXT in FACE behind END, a marker, until the next command there."
  (when-let ((buffer (and end (marker-buffer end))))
    (with-current-buffer buffer
      (let ((overlay (make-overlay end end)))
        (overlay-put overlay 'category 'ios-eval)
        (overlay-put overlay 'after-string
                     (propertize (concat " " (ios-eval--brief text)) 'face face 'cursor 0))
        (push overlay ios-eval--overlays)
        (add-hook 'pre-command-hook #'ios-eval-clear-results nil t)))))

(defun ios-eval-clear-results ()
  "Remove the results beside the code from this buffer."
  (interactive)
  (remove-hook 'pre-command-hook #'ios-eval-clear-results t)
  (mapc #'delete-overlay ios-eval--overlays)
  (setq ios-eval--overlays nil))

(defun ios-eval--brief (text)
  "Return TEXT in one line that is not too long."
  (truncate-string-to-width (replace-regexp-in-string "[ \t]*\n[ \t]*" " " text)
                            ios-eval--overlay-chars nil nil t))


;;;; Images

(defconst ios-eval--image-types
  '(("image/png" . png) ("image/jpeg" . jpeg) ("image/gif" . gif)
    ("image/webp" . webp) ("image/svg+xml" . svg))
  "What devices call the types of images, and what Emacs calls them.")

(defconst ios-eval--image-bytes (* 16 1024 1024)
  "A larger image is not fetched.")

(defun ios-eval--log-images (connection images)
  "Show IMAGES of a device, a list of alists, in the buffer of results.
Of each: ref, mime, bytes and perhaps width, height.  Their bytes are
fetched over CONNECTION; where Emacs cannot show them, a line says what
there is."
  (dolist (image images)
    (let-alist image
      (ios-eval--log-line
       (propertize (format "[%s%s, %s bytes]" .mime
                           (if (and .width .height) (format " %sx%s" .width .height) "")
                           .bytes)
                   'ios-eval-image .ref))
      (when (and (ios-eval--image-type image) (<= .bytes ios-eval--image-bytes))
        (ios-eval--fetch-image connection image nil 0)))))

(defun ios-eval--image-type (image)
  "Return the type of IMAGE, an alist, if Emacs can show it now."
  (let ((type (cdr (assoc (alist-get 'mime image) ios-eval--image-types))))
    (and type (display-images-p) (image-type-available-p type) type)))

(defun ios-eval--fetch-image (connection image pieces offset)
  "Fetch the rest of IMAGE over CONNECTION, and show it.
PIECES, the latest first, are what is there: OFFSET bytes."
  (ios-eval--request
   connection `((op . "fetch") (ref . ,(alist-get 'ref image)) (offset . ,offset))
   (lambda (message)
     (let-alist message
       (let* ((piece (and (equal .op "result") (base64-decode-string .data)))
              (size (+ offset (length piece))))
         (cond ((equal .op "error")
                (ios-eval--log-line (concat ";; The image is not shown: " .error) 'ios-eval-error))
               ((and .more (> (length piece) 0) (< size ios-eval--image-bytes))
                (ios-eval--fetch-image connection image (cons piece pieces) size))
               (t (ios-eval--show-image image (apply #'concat (reverse (cons piece pieces)))))))))))

(defun ios-eval--show-image (image data)
  "Show IMAGE, an alist, whose bytes are DATA, wherever it was logged."
  (let ((ref (alist-get 'ref image)) (end 1) begin)
    (if (not (equal ref (concat "sha256-" (secure-hash 'sha256 data))))
        (ios-eval--log-line ";; The image is not shown: it came damaged" 'ios-eval-error)
      (with-current-buffer (ios-eval--buffer)
        (let ((inhibit-read-only t)
              (shown (create-image data (ios-eval--image-type image) t)))
          (while (setq begin (text-property-any end (point-max) 'ios-eval-image ref))
            (setq end (next-single-property-change begin 'ios-eval-image nil (point-max)))
            (put-text-property begin end 'display shown)))))))


;;;; Showing what an evaluation says

(cl-defstruct (ios-eval--code (:constructor ios-eval--code-make) (:copier nil))
  "Code that is being evaluated.

Slots:

  CONNECTION - where
  MESSAGE    - the request, an alist
  SOURCE     - the buffer that it came from
  END        - a marker where its result is shown, or nil
  ID         - the id of the request"
  connection message source end id)

(defun ios-eval--send-code (code)
  "Ask for the evaluation of CODE."
  (setf (ios-eval--code-id code)
        (ios-eval--request (ios-eval--code-connection code)
                           (ios-eval--code-message code)
                           (apply-partially #'ios-eval--answer code))))

(defun ios-eval--answer (code message)
  "Show MESSAGE, an answer about CODE."
  (pcase (alist-get 'op message)
    ("out" (ios-eval--log (alist-get 'text message)
                          (and (equal (alist-get 'stream message) "err") 'ios-eval-error)))
    ((or "value" "result") (ios-eval--show-result code message))
    ("need-input" (run-at-time 0 nil #'ios-eval--read-input code))
    ((or "error" "fault") (ios-eval--show-failure code message))))

(defun ios-eval--show-result (code message)
  "Show the value in MESSAGE, a result of CODE."
  (let ((value (alist-get 'value message)))
    (when value
      (let ((text (concat "=> " value (and (alist-get 'truncated message) "..."))))
        (ios-eval--log-line text 'ios-eval-result)
        (ios-eval--show-beside (ios-eval--code-end code) text 'ios-eval-result)
        (message "%s" (ios-eval--brief text))))
    (dolist (notice (alist-get 'notices message))
      (ios-eval--log-line (concat ";; " notice)))
    (ios-eval--log-images (ios-eval--code-connection code) (alist-get 'images message))))

(defun ios-eval--show-failure (code message)
  "Show the error in MESSAGE, about CODE.
A Python module that the device does not have is that of a file
which was never loaded: its code runs in the main module then."
  (let* ((connection (ios-eval--code-connection code))
         (request (ios-eval--code-message code))
         (is-strange (equal (alist-get 'type message) "namespace")))
    (cond ((and is-strange (equal (alist-get 'lang request) "python"))
           (setf (ios-eval--code-message code) (assq-delete-all 'ns request))
           (ios-eval--send-code code))
          (t
           (when is-strange
             (remhash (alist-get 'ns request) (ios-eval--connection-defined connection)))
           (when (assq 'restored message)
             (clrhash (ios-eval--connection-defined connection)))
           (ios-eval--tell-failure code message)))))

(defun ios-eval--tell-failure (code message)
  "Show the error in MESSAGE, about CODE, wherever results are shown."
  (let ((text (concat ";; Error: " (alist-get 'error message))))
    (ios-eval--log-error message (ios-eval--code-source code))
    (ios-eval--show-beside (ios-eval--code-end code) text 'ios-eval-error)
    (message "%s" (ios-eval--brief text))))

(defun ios-eval--read-input (code)
  "Read a line for CODE, which waits for one; quitting interrupts it."
  (let ((connection (ios-eval--code-connection code))
        (id (ios-eval--code-id code)))
    (condition-case nil
        (let ((line (read-string "Input: ")))
          (ios-eval--write connection `((op . "stdin") (id . ,id) (text . ,(concat line "\n")))))
      (quit (ios-eval--request connection `((op . "interrupt") (target . ,id)) #'ignore)))))


;;;; What the buffer says: its language, its namespace, its forms

(defun ios-eval--language ()
  "Return the language of the current buffer, or nil for the device's default."
  (or (assoc-default (symbol-name major-mode) ios-eval-languages
                     (lambda (regexp mode) (string-match-p regexp mode)))
      (and buffer-file-name (string-suffix-p ".lpy" buffer-file-name) "basilisp")))

(defun ios-eval--python-p ()
  "Return non-nil in a buffer with Python."
  (equal (ios-eval--language) "python"))

(defun ios-eval--file (buffer)
  "Return what devices are told to be the file of BUFFER."
  (or (buffer-file-name buffer) (buffer-name buffer)))

(defun ios-eval--namespace ()
  "Return the namespace of the current buffer and the form to define it.
Both are nil when the code belongs nowhere in particular; a Python
module has no form."
  (pcase (ios-eval--language)
    ("python" (list (ios-eval--module) nil))
    ("basilisp" (ios-eval--ns-form))))

(defun ios-eval--ns-form ()
  "Return the name and the text of the ns form in the current buffer."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (when-let* ((start (ios-eval--search-ns))
                  (name (progn
                          (while (looking-at-p "[ \t\n,]*\\^")
                            (skip-chars-forward " \t\n,^")
                            (forward-sexp)
                            (skip-chars-forward " \t\n,"))
                          (skip-chars-forward " \t\n,")
                          (and (looking-at "[^][ \t\n,(){}\"@^;]+")
                               (match-string-no-properties 0))))
                  (end (ignore-errors (scan-sexps start 1))))
        (list name (buffer-substring-no-properties start end))))))

(defun ios-eval--search-ns ()
  "Move behind the next \"(ns\" that is code; return where it begins, or nil."
  (let (start)
    (while (and (not start) (re-search-forward "^(ns\\_>" nil t))
      (let ((begin (match-beginning 0)))
        (unless (nth 8 (save-excursion (syntax-ppss begin)))
          (setq start begin))))
    start))

(defun ios-eval--module ()
  "Return the name by which the current buffer's file is imported, or nil."
  (when buffer-file-name
    (let* ((folder (file-name-directory buffer-file-name))
           (base (file-name-base buffer-file-name))
           (names (unless (equal base "__init__") (list base))))
      (while (file-exists-p (expand-file-name "__init__.py" folder))
        (setq folder (directory-file-name folder))
        (push (file-name-nondirectory folder) names)
        (setq folder (file-name-directory folder)))
      (and names
           (seq-every-p (apply-partially #'string-match-p "\\`[[:alpha:]_][[:alnum:]_]*\\'") names)
           (string-join names ".")))))

(defun ios-eval--last-sexp-bounds ()
  "Return where the expression before point begins and ends.
In Python that is the statement up to point."
  (save-excursion
    (skip-chars-backward " \t\n\r,")
    (let ((end (point)))
      (if (ios-eval--python-p)
          (python-nav-beginning-of-statement)
        (backward-sexp)
        (skip-chars-backward "#'`~@?"))
      (cons (point) end))))

(defun ios-eval--defun-bounds ()
  "Return where the top-level form around or before point begins and ends."
  (save-excursion
    (if (ios-eval--python-p)
        (ios-eval--python-block-bounds)
      (let ((outermost (or (nth 9 (syntax-ppss)) (list (nth 8 (syntax-ppss))))))
        (cond ((car outermost) (goto-char (car outermost)))
              ((not (looking-at-p "\\s(")) (backward-sexp))))
      (let ((end (scan-sexps (point) 1)))
        (skip-chars-backward "#'`~@?")
        (cons (point) end)))))

(defun ios-eval--python-block-bounds ()
  "Return where the top-level Python statement around point begins and ends.
Decorators belong to it, and the branches of a compound statement."
  (python-nav-beginning-of-statement)
  (while (and (not (bobp)) (not (ios-eval--python-top-p)))
    (forward-line -1)
    (python-nav-beginning-of-statement))
  (let ((start (point)))
    (while (looking-at-p "@")
      (ios-eval--python-next))
    (ios-eval--python-next)
    (while (not (or (eobp) (ios-eval--python-top-p)))
      (ios-eval--python-next))
    (skip-chars-backward " \t\n\r")
    (while (progn (goto-char (line-beginning-position))
                  (and (> (point) start) (looking-at-p "[ \t]*\\(#\\|$\\)")))
      (forward-line -1))
    (python-nav-end-of-statement)
    (goto-char (max (point) start))
    (let ((end (point)))
      (goto-char start)
      (while (let ((here (point)))
               (python-nav-backward-statement)
               (or (and (< (point) here) (looking-at-p "@"))
                   (ignore (goto-char here)))))
      (cons (point) end))))

(defun ios-eval--python-next ()
  "Move to the line after the Python statement at point."
  (python-nav-end-of-statement)
  (forward-line))

(defun ios-eval--python-top-p ()
  "Return non-nil when a top-level Python statement begins at point."
  (and (bolp)
       (not (looking-at-p "[ \t]*\\(#\\|$\\)\\|[ \t]"))
       (not (looking-at-p "\\(else\\|elif\\|except\\|finally\\)\\_>"))
       (or (not (looking-at-p "[])}]")) (bobp))
       (not (nth 8 (syntax-ppss)))))

(defun ios-eval--dedent (code)
  "Return CODE without the indentation of its first line."
  (if (string-match "\\`[ \t]+" code)
      (replace-regexp-in-string (concat "^" (regexp-quote (match-string 0 code))) "" code t t)
    code))


;;;; Evaluating

(defun ios-eval--request-for (op &rest fields)
  "Return a request of OP about the current buffer, an alist.
FIELDS is a plist of more, of which nil is left out."
  (let ((limit (and ios-eval-timeout (ceiling (* 1000 ios-eval-timeout)))))
    (cl-loop for (key value)
             on `(:op ,op ,@fields :lang ,(ios-eval--language)
                  :file ,(ios-eval--file (current-buffer)) :timeout_ms ,limit)
             by #'cddr
             when value
             collect (cons (intern (substring (symbol-name key) 1)) value))))

(defun ios-eval--evaluate (message &optional end)
  "Send MESSAGE, an alist, and show what it gives behind END, a position."
  (let ((connection (ios-eval--connected)))
    (ios-eval--send-code
     (ios-eval--code-make :connection connection :message message
                          :source (current-buffer)
                          :end (and end (copy-marker end))))))

(defun ios-eval--evaluate-text (text &optional begin end)
  "Evaluate TEXT, which is between BEGIN and END, in the buffer's namespace.
The form that defines this is sent ahead when the device has not
got it yet, or another one."
  (pcase-let* ((connection (ios-eval--connected))
               (`(,namespace ,form) (ios-eval--namespace))
               (defined (ios-eval--connection-defined connection))
               (place (and begin (save-excursion
                                   (goto-char begin)
                                   (list :line (line-number-at-pos nil t)
                                         :column (1+ (- (point) (line-beginning-position))))))))
    (when (string-blank-p text)
      (user-error "There is nothing to evaluate here"))
    (when (and form (not (equal form (gethash namespace defined))))
      (puthash namespace form defined)
      (ios-eval--request connection (ios-eval--request-for "eval" :code form :ns "user")
                         (apply-partially #'ios-eval--defined connection namespace)))
    (ios-eval--evaluate (apply #'ios-eval--request-for "eval" :code text :ns namespace place) end)))

(defun ios-eval--defined (connection namespace message)
  "Show MESSAGE if it is an error of defining NAMESPACE.
CONNECTION is made to try again the next time."
  (when (member (alist-get 'op message) '("error" "fault"))
    (remhash namespace (ios-eval--connection-defined connection))
    (ios-eval--log-error message nil)))

;;;###autoload
(defun ios-eval-string (code)
  "Evaluate CODE on the device, in the namespace and language of this buffer."
  (interactive "sEvaluate: ")
  (ios-eval--evaluate-text code))

(defun ios-eval-region (begin end)
  "Evaluate the code between BEGIN and END on the device."
  (interactive "r")
  (let* ((line (save-excursion (goto-char begin) (line-beginning-position)))
         (is-python (ios-eval--python-p))
         (begin (if (and is-python (string-blank-p (buffer-substring line begin))) line begin))
         (code (buffer-substring-no-properties begin end)))
    (ios-eval--evaluate-text (if is-python (ios-eval--dedent code) code) begin end)))

(defun ios-eval-last-sexp ()
  "Evaluate the expression before point on the device.
In Python that is the statement up to point."
  (interactive)
  (let ((bounds (ios-eval--last-sexp-bounds)))
    (ios-eval-region (car bounds) (cdr bounds))))

(defun ios-eval-defun ()
  "Evaluate the top-level form around or before point on the device."
  (interactive)
  (let ((bounds (ios-eval--defun-bounds)))
    (ios-eval-region (car bounds) (cdr bounds))))

(defun ios-eval-buffer ()
  "Load this buffer on the device, under the name of its file."
  (interactive)
  (let ((connection (ios-eval--connected)))
    (pcase-let ((`(,namespace ,form) (ios-eval--namespace)))
      (when form
        (puthash namespace form (ios-eval--connection-defined connection)))
      (save-restriction
        (widen)
        (ios-eval--evaluate
         (ios-eval--request-for
          "load" :source (buffer-substring-no-properties (point-min) (point-max))
          :name (and (ios-eval--python-p) namespace)))))))


;;;; Commands about the device

;;;###autoload
(defun ios-eval-connect (&optional host port)
  "Connect to the device at HOST and PORT; with a prefix argument, ask.
The defaults are `ios-eval-host' and `ios-eval-port'.  Code may be
sent at once: it waits until the device is ready."
  (interactive (and current-prefix-arg (ios-eval--read-address)))
  (ios-eval-disconnect)
  (setq ios-eval--connection
        (ios-eval--open (or host ios-eval-host) (or port ios-eval-port))))

(defun ios-eval--read-address ()
  "Ask for the host and the port of a device."
  (list (read-string "Host of the device: " ios-eval-host)
        (read-number "Port of the device: " ios-eval-port)))

(defun ios-eval-disconnect ()
  "Disconnect from the device; what it has defined stays there."
  (interactive)
  (when ios-eval--connection
    (ios-eval--end ios-eval--connection "Disconnected")))

(defun ios-eval-ping ()
  "Ask the device whether it is there, and what it is doing."
  (interactive)
  (let ((connection (ios-eval--connected))
        (asked (float-time)))
    (ios-eval--request
     connection '((op . "ping"))
     (lambda (answer)
       (ios-eval--say answer "pong from %s in %.1f ms; it is %s"
                      (ios-eval--connection-device connection)
                      (* 1000 (- (float-time) asked))
                      (if (alist-get 'busy answer) "busy" "idle"))))))

(defun ios-eval-interrupt ()
  "Interrupt the running evaluation on the device."
  (interactive)
  (ios-eval--request
   (ios-eval--connected) '((op . "interrupt"))
   (lambda (answer)
     (ios-eval--say answer (if (equal (alist-get 'op answer) "interrupted")
                               "Interrupted"
                             "Nothing of this connection is being evaluated")))))

(defun ios-eval-rewind (&optional steps)
  "Undo the last evaluation; with a prefix argument, so many.
The device's memory is as it was STEPS evaluations ago."
  (interactive "p")
  (let ((connection (ios-eval--connected)))
    (ios-eval--request
     connection `((op . "rewind") (steps . ,(or steps 1)))
     (lambda (answer)
       (clrhash (ios-eval--connection-defined connection))
       (dolist (undone (alist-get 'undone answer))
         (ios-eval--log-line (concat ";; Undone: " (ios-eval--brief (alist-get 'code undone)))))
       (dolist (text (alist-get 'not_restored answer))
         (ios-eval--log-line (concat ";; Not restored: " text)))
       (ios-eval--say answer "Undone: %s"
                      (mapconcat (lambda (undone) (ios-eval--brief (alist-get 'code undone)))
                                 (alist-get 'undone answer) ", "))))))

(defun ios-eval--say (answer format &rest arguments)
  "Say FORMAT with ARGUMENTS, unless ANSWER is an error, which is shown."
  (if (equal (alist-get 'op answer) "error")
      (progn
        (ios-eval--log-error answer nil)
        (message ";; Error: %s" (alist-get 'error answer)))
    (apply #'message format arguments)))


;;;; CIDER: its session on a device

(defvar ios-eval--cider-sessions nil
  "The sessions of CIDER that are on a device: lists of REPL buffer and session.")

(defun ios-eval--cider-repl ()
  "Return the REPL buffer of this buffer, or nil."
  (and (fboundp 'cider-current-repl)
       (cider-current-repl)))

(defun ios-eval--cider-session (repl)
  "Return the entry of REPL in `ios-eval--cider-sessions'.
A REPL that has connected again has another session."
  (list repl (buffer-local-value 'nrepl-session repl)))

(defun ios-eval--cider-moved-p (repl)
  "Return non-nil when the session of REPL is on a device."
  (and (buffer-live-p repl)
       (member (ios-eval--cider-session repl) ios-eval--cider-sessions)))

(defun ios-eval--cider-send (op fields show)
  "Send OP with FIELDS, a list of strings, for this buffer's REPL.
SHOW is called with the REPL and the reply.  CIDER's second session,
for its own questions, follows where the first one has gone."
  (let ((repl (ios-eval--cider-repl))
        (request `("op" ,op ,@fields)))
    (unless (and repl (buffer-live-p repl))
      (user-error "No CIDER connection; start `tether serve', then use M-x cider-connect-clj"))
    (unless (cider-nrepl-op-supported-p op repl)
      (user-error "%s is connected to no Tether bridge" (buffer-name repl)))
    (cider-nrepl-send-request
     request
     (lambda (reply)
       (when (member "done" (nrepl-dict-get reply "status"))
         (if (member "error" (nrepl-dict-get reply "status"))
             (ios-eval--cider-fail reply)
           (funcall show repl reply)
           (unless (equal op "ios-status")
             (cider-nrepl-send-request request #'ignore repl t)))))
     repl)))

(defun ios-eval--cider-fail (reply)
  "Say what went wrong according to REPLY."
  (let ((reason (nrepl-dict-get reply "reason")))
    (message ";; Error: %s%s" (nrepl-dict-get reply "error")
             (if reason (format " (%s)" reason) ""))))

(defun ios-eval--cider-show (repl reply)
  "Say on which device the session of REPL is, according to REPLY."
  (let ((session (ios-eval--cider-session repl)))
    (setq ios-eval--cider-sessions
          (seq-filter (lambda (each) (buffer-live-p (car each)))
                      (remove session ios-eval--cider-sessions)))
    (when (equal (nrepl-dict-get reply "ios-connected") "true")
      (push session ios-eval--cider-sessions))
    (force-mode-line-update t)
    (message "%s evaluates on the device %s%s" (buffer-name repl)
             (nrepl-dict-get reply "device")
             (if (equal (nrepl-dict-get reply "device-up") "true")
                 ""
               ", which is not connected"))))

;;;###autoload
(defun ios-eval-cider-connect (&optional host port)
  "Evaluate what CIDER sends on the device at HOST and PORT.
With a prefix argument, ask for them; the defaults are
`ios-eval-host' and `ios-eval-port'."
  (interactive (and current-prefix-arg (ios-eval--read-address)))
  (ios-eval--cider-send
   "ios-connect"
   `("host" ,(or host ios-eval-host) "port" ,(or port ios-eval-port))
   #'ios-eval--cider-show))

;;;###autoload
(defun ios-eval-cider-disconnect ()
  "Evaluate what CIDER sends on the bridge's own device again."
  (interactive)
  (ios-eval--cider-send "ios-disconnect" nil #'ios-eval--cider-show))

;;;###autoload
(defun ios-eval-cider-status ()
  "Say on which device CIDER's code is evaluated."
  (interactive)
  (ios-eval--cider-send "ios-status" nil #'ios-eval--cider-show))

;;;###autoload
(defun ios-eval-cider-toggle ()
  "Move CIDER's session to the device, or back from it."
  (interactive)
  (if (ios-eval--cider-moved-p (ios-eval--cider-repl))
      (ios-eval-cider-disconnect)
    (ios-eval-cider-connect)))

(defun ios-eval--cider-lighter ()
  "Return what the mode line is to tell about this buffer's session."
  (and ios-eval--cider-sessions
       (or (bound-and-true-p cider-mode) (derived-mode-p 'cider-repl-mode))
       (ios-eval--cider-moved-p (ios-eval--cider-repl))
       " [iOS]"))

(defconst ios-eval--cider-mode-line '(:eval (ios-eval--cider-lighter))
  "The part of the mode line that says that CIDER's session is on a device.")

(add-to-list 'mode-line-misc-info ios-eval--cider-mode-line)

(defun ios-eval-unload-function ()
  "Undo what loading this file has done; return nil for the rest."
  (ios-eval-disconnect)
  (setq mode-line-misc-info (remove ios-eval--cider-mode-line mode-line-misc-info))
  nil)


;;;; The minor mode

(defun ios-eval--unless-cider (command)
  "Return COMMAND, or nil where CIDER has the key for something else."
  (unless (bound-and-true-p cider-mode)
    command))

(defvar ios-eval-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-i") #'ios-eval-last-sexp)
    (define-key map (kbd "C-c C-r") #'ios-eval-region)
    (define-key map (kbd "C-c C-d")
                '(menu-item "" ios-eval-defun :filter ios-eval--unless-cider))
    (define-key map (kbd "C-c C-b")
                '(menu-item "" ios-eval-buffer :filter ios-eval--unless-cider))
    map)
  "Keymap of `ios-eval-mode'.")

;;;###autoload
(define-minor-mode ios-eval-mode
  "Evaluate the code of this buffer on a device.

\\{ios-eval-mode-map}"
  :lighter " iOS")

(provide 'ios-eval)
;;; ios-eval.el ends here
