; SPDX-License-Identifier: Apache-2.0
; Work for a Scheme interpreter: recursion, closures, sorting, symbolic
; differentiation, call/cc as generator, string ports, and a file.

(define (show . items) (for-each display items) (newline))

(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(show "fib 23 = " (fib 23))

(define (iota from to) (if (> from to) '() (cons from (iota (+ from 1) to))))
(define (filter keep? items)
  (cond ((null? items) '())
        ((keep? (car items)) (cons (car items) (filter keep? (cdr items))))
        (else (filter keep? (cdr items)))))
(define (fold f start items) (if (null? items) start (fold f (f start (car items)) (cdr items))))

(define (primes candidates)
  (if (null? candidates) '()
      (let ((p (car candidates)))
        (cons p (primes (filter (lambda (n) (not (= 0 (remainder n p)))) (cdr candidates)))))))
(show "primes " (primes (iota 2 200)))

(define (quicksort items)
  (if (null? items) '()
      (let ((pivot (car items)) (rest (cdr items)))
        (append (quicksort (filter (lambda (x) (< x pivot)) rest))
                (list pivot)
                (quicksort (filter (lambda (x) (not (< x pivot))) rest))))))
(define (scramble n) (map (lambda (i) (remainder (* i 7919) 1009)) (iota 1 n)))
(show "sorted " (fold + 0 (quicksort (scramble 500))) " " (car (quicksort (scramble 500))))

(define (derive e x)
  (cond ((number? e) 0)
        ((symbol? e) (if (eq? e x) 1 0))
        ((eq? (car e) '+) (list '+ (derive (cadr e) x) (derive (caddr e) x)))
        ((eq? (car e) '*)
         (list '+ (list '* (cadr e) (derive (caddr e) x)) (list '* (derive (cadr e) x) (caddr e))))))
(show "derived " (derive '(+ (* x (* x x)) (* 3 x)) 'x))

(define (make-counter)
  (let ((count 0)) (lambda () (set! count (+ count 1)) count)))
(define tick (make-counter))
(tick) (tick)
(show "counter " (tick))

(define (leaves tree)
  (call/cc
    (lambda (return)
      (let walk ((node tree))
        (cond ((null? node) 'nothing)
              ((pair? node) (walk (car node)) (walk (cdr node)))
              ((and (number? node) (negative? node)) (return (list 'found node)))))
      'none)))
(show "escape " (leaves '(1 (2 (3 -4) 5) 6)) " " (leaves '(1 2)))

(define (queens size)
  (define (safe? column placed distance)
    (or (null? placed)
        (and (not (= (car placed) column))
             (not (= (abs (- (car placed) column)) distance))
             (safe? column (cdr placed) (+ distance 1)))))
  (define (try row placed)
    (if (= row size) 1
        (fold (lambda (sum column)
                (if (safe? column placed 1) (+ sum (try (+ row 1) (cons column placed))) sum))
              0 (iota 1 size))))
  (try 0 '()))
(show "queens 6 = " (queens 6) ", queens 7 = " (queens 7))

(show "floats " (map sqrt '(2 3 5)) " " (/ 1 3) " " (exp 1) " " (round 2.5) " " (expt 2.0 0.5))
(show "vector " (list->vector (iota 1 5)) " " (vector-length (make-vector 7)))
(show "strings " (string-append "abc" (number->string 255 16)) " " (string->symbol "xyz") " "
      (substring "hypervisor" 5 10))
(show "quasi " `(1 ,(+ 1 1) ,@(map (lambda (x) (* x x)) '(3 4))))

(with-output-to-file "written.txt"
  (lambda () (for-each (lambda (i) (display (* i i)) (newline)) (iota 1 100))))
(show "read back "
  (with-input-from-file "written.txt"
    (lambda () (let loop ((sum 0) (next (read))) (if (eof-object? next) sum (loop (+ sum next) (read)))))))

(define (churn n) (if (> n 0) (begin (iota 1 200) (churn (- n 1)))))
(churn 300)
(show "done")
