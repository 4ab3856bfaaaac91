# Tick "Interactive" before you run it.
import random

number = random.randint(1, 20)
print("I think of a number from 1 to 20.")

while True:
    guess = int(input("Your guess: "))
    if guess == number:
        break
    print("Higher." if guess < number else "Lower.")

print("That is it!")
