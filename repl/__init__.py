"""The terminal front end of Tether. It speaks nREPL; of the bridge it knows nothing but the ops."""
